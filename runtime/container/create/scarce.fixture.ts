// For tests: a host program with few descriptors to spare that starts containers and goes on.
// usage: scarce.fixture.ts ROOTFS SPARE STDIO; prints `ok` or the error of the start as JSON, then
// whether a start works again with descriptors to spare.
import { closeSync, openSync } from 'node:fs';
import { HostError, KernelOpError, run, TerrariumError } from '../../index.ts';

const [rootfs = '', spare = '0', given] = process.argv.slice(2);
const stdio = given === 'pipe' ? 'pipe' : 'ignore';
const options = { rootfs, hostname: 'scarce', command: ['true'], stdio } as const;

/** All descriptors that this process may have, but `spare`. */
function takeAll(spare: number): number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    for (const fd of taken.splice(0, spare)) closeSync(fd);
    return taken;
  }
}

async function attempt(): Promise<string> {
  try {
    return `ok ${(await run(options)).exitCode}`;
  } catch (error) {
    const known = error instanceof HostError || error instanceof KernelOpError;
    const hint = error instanceof TerrariumError ? error.hint : undefined;
    return `${known ? 'refused' : 'unexpected'} ${String(error)} ${hint}`;
  }
}

const taken = takeAll(Number(spare));
const first = await attempt();
for (const fd of taken) closeSync(fd);
process.stdout.write(`${JSON.stringify({ first, second: await attempt() })}\n`);
