// `npm run bisect`: the first kernel of the catalogue on which a requirement, or a test program of
// the user's, fails; by bisection between two.

import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { TerrariumError } from '../../runtime/base/errors.ts';
import { quoteAll } from '../../runtime/plan/quote.ts';
import type { Kernel, Layout } from '../fetch/catalogue.ts';
import { PATHS } from '../fetch/paths.ts';
import { measureSpeed } from '../guest/inside/speed.ts';
import { rootImage } from '../image/root.ts';
import { firstBad, kernelsBetween } from '../matrix/bisect.ts';
import { runColumn, type Settings } from '../matrix/column.ts';
import type { Job } from '../matrix/job.ts';
import type { CellVerdict } from '../matrix/results.ts';
import { bestAccelerator } from '../matrix/run.ts';
import { endOnSignals } from './interrupt.ts';
import { jobOf } from './job.ts';
import { execOf, named, number, words } from './options.ts';
import { printError } from './print-error.ts';

const EXAMPLE = 'as in --good debian-6.1 --bad debian-7.3 --only LIM-01';
const MEMORY_MIB = 2048;
const BOOT_MS = 90_000;
const LIMIT_MS = 900_000;
const say = (line: string) => console.log(`bisect: ${line}`);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      good: { type: 'string' },
      bad: { type: 'string' },
      only: { type: 'string', multiple: true },
      cgroup: { type: 'string' },
      append: { type: 'string' },
      exec: { type: 'string' },
      files: { type: 'string', multiple: true },
      timeout: { type: 'string' },
    },
  });
  const only = words(values.only);
  const exec = execOf(values, process.env.INIT_CWD ?? process.cwd());
  if (values.good === undefined || values.bad === undefined)
    throw new TerrariumError('--good and --bad are needed', { hint: EXAMPLE });
  if (only.length === 0 && exec === undefined)
    throw new TerrariumError('--only or --exec is needed', { hint: EXAMPLE });
  const layout: Layout =
    values.cgroup === 'v1' || values.cgroup === 'hybrid' ? values.cgroup : 'v2';
  const range = kernelsBetween(named(values.good), named(values.bad), layout);
  const job = jobOf({
    ...{ exec, only, timeoutS: number(values.timeout, '--timeout'), memoryMiB: MEMORY_MIB },
  });
  mkdirSync(PATHS.runs, { recursive: true });
  const root = await rootImage(say);
  const last = range.at(-1);
  const accelerator = await bestAccelerator(last && { kernel: last }, root, say);
  const settings: Settings = {
    ...{
      accelerator,
      cpus: 2,
      workers: 1,
      memoryMiB: MEMORY_MIB,
      append: (values.append ?? '').split(' ').filter(Boolean),
      without: [],
      task: job.kind,
      root,
    },
    ...{
      bootMs: BOOT_MS,
      limitMs: LIMIT_MS + (job.kind === 'exec' ? job.limitS * 1000 : 0),
      hostSpeedMs: measureSpeed(),
      command: `npm run bisect -- ${quoteAll(process.argv.slice(2))}`,
    },
  };
  const holds = async (kernel: Kernel) => {
    const { outcome, reason, cells, release } = await runColumn(
      { kernel, layout },
      job,
      settings,
      () => {},
    );
    if (outcome === 'unobtainable') throw new Error(`${kernel.name}: ${reason}`);
    const broken = cells.filter(({ verdict }) => isBroken(verdict, job));
    const words = broken.map((cell) => `${cell.id} ${cell.verdict}: ${cell.reason}`);
    say(`${kernel.name} (${release}): ${words.join('; ') || 'holds'}`);
    return broken.length === 0;
  };
  const found = await firstBad(range, holds);
  say(`last good: ${found.lastGood.name}; first bad: ${found.firstBad.name}`);
  return 0;
}

/** A requirement must be proven; a program may skip tests. */
function isBroken(verdict: CellVerdict, { kind }: Job): boolean {
  return kind === 'specs' ? verdict !== 'proven' : verdict === 'refuted';
}

endOnSignals(() => say('interrupted'));

try {
  process.exitCode = await main();
} catch (error) {
  printError(error, 'npm run bisect -- --help lists the options');
  process.exitCode = 2;
}
