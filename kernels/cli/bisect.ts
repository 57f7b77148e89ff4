// `npm run bisect`: the first kernel of the catalogue on which a requirement no longer holds, by
// bisection between two.
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { select } from '../../specs/selection.ts';
import type { Kernel, Layout } from '../fetch/catalogue.ts';
import { PATHS, PROJECT } from '../fetch/paths.ts';
import { measureSpeed } from '../guest/inside/speed.ts';
import { rootImage } from '../image/root.ts';
import { firstBad, kernelsBetween } from '../matrix/bisect.ts';
import { runColumn, type Settings } from '../matrix/column.ts';
import { bestAccelerator } from '../matrix/run.ts';
import { endOnSignals } from './interrupt.ts';
import { named, words } from './options.ts';
import { printError } from './print-error.ts';

const USAGE =
  'usage: npm run bisect -- --good KERNEL --bad KERNEL --only ID[,ID] [--cgroup v2] [--append WORDS]';
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
    },
  });
  const only = words(values.only);
  if (values.good === undefined || values.bad === undefined || only.length === 0)
    throw new Error(USAGE);
  const layout: Layout =
    values.cgroup === 'v1' || values.cgroup === 'hybrid' ? values.cgroup : 'v2';
  const range = kernelsBetween(named(values.good), named(values.bad), layout);
  const job = { kind: 'specs', selection: select(only, PROJECT) } as const;
  mkdirSync(PATHS.runs, { recursive: true });
  const root = await rootImage(say);
  const last = range.at(-1);
  const accelerator = await bestAccelerator(last && { kernel: last }, root, say);
  const settings: Settings = {
    ...{
      accelerator,
      cpus: 2,
      workers: 1,
      memoryMiB: 2048,
      append: (values.append ?? '').split(' ').filter(Boolean),
      without: [],
      task: 'specs',
      root,
    },
    ...{
      bootMs: BOOT_MS,
      limitMs: LIMIT_MS,
      hostSpeedMs: measureSpeed(),
      command: `npm run bisect -- ${process.argv.slice(2).join(' ')}`,
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
    const broken = cells.filter(({ verdict }) => verdict !== 'proven');
    say(
      `${kernel.name} (${release}): ${broken.length === 0 ? 'holds' : broken.map((cell) => `${cell.id} ${cell.verdict}: ${cell.reason}`).join('; ')}`,
    );
    return broken.length === 0;
  };
  const found = await firstBad(range, holds);
  say(
    `the last on which it holds is ${found.lastGood.name}, the first on which it does not is ${found.firstBad.name}`,
  );
  return 0;
}

endOnSignals(() => say('interrupted'));

try {
  process.exitCode = await main();
} catch (error) {
  printError(error, 'npm run bisect -- --help lists the options');
  process.exitCode = 2;
}
