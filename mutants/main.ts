// `npm run mutants`: changes the runtime in one place at a time; a requirement has to fail.
//
// A mutant is one change of one file (areas.ts has all). It is made in a copy of the checkout, in a
// sandbox (sandbox.sh), and the requirements that should notice it are run there. The result is
// reports/out/mutants.json, which the report shows. Results of the same sources are kept, so an
// interrupted run resumes.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { inLanes } from '../harness/base/lanes.ts';
import { ownRunOf, writeOwnRun } from '../reports/runs/own-run.ts';
import { readHostFacts } from '../runtime/host/read.ts';
import { baseline } from './baseline.ts';
import { judge } from './judge.ts';
import type { MutantReport, TriedMutant } from './report.ts';
import { sample } from './sample.ts';
import { falls, scoreLines } from './score.ts';
import { digestOf, Store } from './store.ts';
import { MUTANTS, mutated, type Placed } from './table/areas.ts';
import { endSandboxes } from './try.ts';

const checkout = dirname(import.meta.dirname);
const typedIn = process.env.INIT_CWD ?? process.cwd();
const say = (line: string) => process.stderr.write(`${line}\n`);
const OUTPUT = join(checkout, 'reports/out/mutants.json');
const KEPT = join(checkout, 'build/mutants');

function parseNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('not a whole number');
  return Number(text);
}

function parseNames(text: string, before: Placed[] = []): Placed[] {
  const found = MUTANTS.filter(({ name }) => name === text || name.startsWith(`${text}-`));
  if (found.length > 0) return [...before, ...found];
  throw new InvalidArgumentError(`unknown mutant ${text}: --list prints the names`);
}

const program = new Command('mutants')
  .description('Changes the runtime in one place at a time; the requirements have to notice.')
  .showSuggestionAfterError()
  .option('--sample <n>', 'n of them, some of each area', parseNumber)
  .option('--only <name>', 'this one, or those whose names begin with it (repeatable)', parseNames)
  .option('--list', 'names the mutants, and the requirements that should notice each')
  .option('--seed <n>', 'draws the same sample again', parseNumber, 1)
  .option('--jobs <n>', 'mutants at once', parseNumber, 3)
  .option('--guest <kernel>', 'tries mutants outside this host’s cgroup version in that guest')
  .option('--fresh', 'repeats those already tried with these sources')
  .option('--keep', 'keeps results of other sources, for work on the table')
  .option('--json <file>', 'the output file', OUTPUT)
  .action(async (options) => {
    // Check the whole table on each run, so that a change of the sources outdates none unseen.
    const wrong = MUTANTS.flatMap((mutant) => problemOf(mutant));
    for (const line of wrong) say(`terrarium: ${line}`);
    if (wrong.length > 0) {
      process.exitCode = 1;
      return;
    }
    if (options.list) {
      for (const { name, area, requirements, equivalent } of MUTANTS)
        console.log(
          `${area}: ${name}: ${requirements.join(' ')}${equivalent ? ', equivalent' : ''}`,
        );
      return;
    }
    if (process.getuid?.() !== 0) {
      say('terrarium: only root can make the sandboxes\n  hint: sudo npm run mutants');
      process.exitCode = 1;
      return;
    }
    await run(options);
  });

async function run(options: ReturnType<typeof program.opts>): Promise<void> {
  const startedAt = new Date();
  const of = options.only ?? MUTANTS;
  const { mode } = readHostFacts().cgroup;
  const cgroups = mode === 'v2' ? 'v2' : 'v1';
  const here = of.filter((one) => one.cgroups === undefined || one.cgroups === cgroups);
  const chosen = options.sample === undefined ? of : sample(here, options.sample, options.seed);
  const digest = digestOf(checkout);
  const any = { any: options.keep ?? false };
  const { proven, wrong } = await baseline(chosen, {
    ...{ checkout, say, jobs: options.jobs },
    store: new Store(join(KEPT, 'baseline.json'), digest, any),
  });
  if (wrong) process.exitCode = 1;
  const store = new Store<TriedMutant>(join(KEPT, 'results.json'), digest, any);
  let done = 0;
  const tried = await inLanes(options.jobs, chosen, async (mutant) => {
    const key = JSON.stringify(mutant);
    const kept = options.fresh ? undefined : store.get(key);
    const result = kept ?? (await judge(mutant, { checkout, proven, cgroups }));
    if (result.outcome !== 'failed') store.set(key, result);
    const { name, outcome, by, durationMs } = result;
    const took = kept ? 'kept' : `${(durationMs / 1000).toFixed(1)} s`;
    say(`${++done}/${chosen.length} ${outcome} ${name} ${by} ${took}`.replace('  ', ' '));
    return result;
  });
  const guest = options.guest;
  const all = guest === undefined ? tried : withGuests(guest, chosen, tried);
  const population = MUTANTS.length;
  const run = ownRunOf(checkout, { startedAt, cgroups: mode });
  const report: MutantReport = { ...run, population, mutants: all };
  writeOwnRun(resolve(typedIn, options.json), report);
  for (const line of scoreLines(all)) console.log(line);
  if (falls(all)) process.exitCode = 1;
}

/** Those of the other cgroup version, tried in the guest; the others as they are. */
function withGuests(
  kernel: string,
  chosen: readonly Placed[],
  tried: readonly TriedMutant[],
): TriedMutant[] {
  const others = new Set(
    chosen.flatMap(({ name, cgroups }, at) =>
      cgroups !== undefined && tried[at]?.outcome === 'elsewhere' ? [name] : [],
    ),
  );
  if (others.size === 0) return [...tried];
  const file = join(KEPT, `guest-${kernel}.json`);
  rmSync(file, { force: true });
  const { status } = spawnSync('sh', ['scripts/matrix.sh', kernel, file, ...others], {
    cwd: checkout,
    stdio: 'inherit',
    env: { ...process.env, TERRARIUM_MATRIX_PROGRAM: 'mutants/guest.ts' },
  });
  if (!existsSync(file)) throw new Error(`the guest ${kernel} left no result (exit ${status})`);
  const { mutants }: MutantReport = JSON.parse(readFileSync(file, 'utf8'));
  return tried.map((one) => {
    const found = mutants.find(({ name }) => name === one.name);
    // Its requirements are not proven in the guest, either: UML has no cpuset and one processor.
    return found?.outcome === 'failed' ? { ...one, said: found.said } : (found ?? one);
  });
}

function problemOf(mutant: Placed): string[] {
  try {
    mutated(checkout, mutant);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, async () => {
    await endSandboxes();
    process.exit(128 + constants.signals[signal]);
  });
await program.parseAsync();
