// The command line of `npm run bench`.
import { dirname, join, resolve } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { measureOutput } from '../measures/output.ts';
import { inside } from '../run/inside.ts';
import type { RunOptions } from '../run/outside.ts';
import { run } from '../run/run.ts';
import { TARGETS } from '../targets/catalogue.ts';
import { CYCLING, PARTS, parseCount, parseCycling, parseParts, parseTargets } from './arguments.ts';
import { columns } from './columns.ts';
import { installPeers, missingPackages } from './install-peers.ts';
import { listing } from './list.ts';
import { type Result, readBaseline, writeLifecycle, writeResults } from './results.ts';

const repository = dirname(dirname(import.meta.dirname));
const typedIn = process.env.INIT_CWD ?? process.cwd();
const ROOTFS = join(repository, 'fixtures/rootfs/out/default');
const OUT = join(repository, 'reports/out');
/** Of the life cycle, beside other measures. */
const SCHEDULE = {
  whole: { rounds: 6, runs: 72, gapMs: 30 },
  quick: { rounds: 3, runs: 6, gapMs: 30 },
};

const say = (line: string) => process.stderr.write(`${line}\n`);
const namesOf = (targets: typeof TARGETS) => targets.map(({ name }) => name).join();

type Common = Pick<RunOptions, 'repository' | 'command' | 'signal' | 'say'>;

/** `signal`: aborted, the run ends early and keeps what it measured. */
export function benchProgram(signal: AbortSignal) {
  const typed = process.argv.slice(2);
  const command = ['npm run bench', ...(typed.length > 0 ? ['--', ...typed] : [])].join(' ');
  const common: Common = { repository, command, signal, say };
  const program = new Command('bench')
    .description(
      'Compares containers, virtual machines and bare metal: the same program, root, processors and memory in all of them.',
    )
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .option('--quick', 'two minutes: fewer rounds')
    .option('--only <measures>', `${PARTS.join()}; all by default`, parseParts)
    .option('--targets <targets>', `${namesOf(TARGETS)},qemu; all by default`, parseTargets)
    .option('--runs <n>', 'starts of each target that is quick to start', parseCount)
    .option('--rootfs <dir>', 'root file system that all of them run in', ROOTFS)
    .option(
      '--baseline <file>',
      'bench.json of another run: says what is worse now beyond noise, and ends with 1 then',
    )
    .option('--list', 'targets and measures: what is installed, and how to get what is not')
    .option('--install-peers', 'installs with apt what is not')
    .addHelpText(
      'after',
      '\nThe page is reports/out/bench.html, its figures bench.json, the samples bench/samples.ndjson beside them.',
    )
    .action(async ({ quick = false, ...options }) => {
      if (options.list) return void process.stdout.write(`${listing()}\n`);
      if (options.installPeers) return installPeers(missingPackages(), say);
      const file = options.baseline === undefined ? undefined : resolve(typedIn, options.baseline);
      const baseline = readBaseline(file);
      const records = join(OUT, 'bench/samples.ndjson');
      const what = {
        ...{ targets: options.targets ?? TARGETS, parts: options.only ?? PARTS, quick },
        ...{ runs: options.runs, rootfs: resolve(typedIn, options.rootfs), ballastMiB: 0 },
        schedule: quick ? SCHEDULE.quick : SCHEDULE.whole,
      };
      await run({ ...common, ...what }, records);
      finish(writeResults(OUT, records, baseline), signal);
    });
  addLifecycle(program, common);
  addOutput(program);
  program.command('inside', { hidden: true }).argument('<job>').action(inside);
  return program;
}

function addLifecycle(program: Pick<Command, 'command'>, common: Common): void {
  program
    .command('lifecycle')
    .description(
      'one container from request to clean-up: in process, as a command, the C baseline, runc, crun, bwrap, unshare',
    )
    .option('--only <targets>', `${namesOf(CYCLING)}; all by default`, parseCycling)
    .option('--runs <n>', 'of each target back to back; half as many with pauses', parseCount, 100)
    .option('--rounds <n>', 'rounds to spread them over', parseCount, 10)
    .option('--gap <ms>', 'pause before each start of the series with pauses', parseCount, 30)
    .option('--quick', 'a first look: 3 rounds of 4 samples')
    .option('--rootfs <dir>', 'root file system to start in', ROOTFS)
    .option('--ballast <MiB>', 'memory that the calling process holds', parseCount)
    .option('--install-peers', 'install runc, crun and bubblewrap with apt first')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nRatios are of medians taken in the same rounds. Samples and report go to reports/out/bench/.',
    )
    .action(async ({ quick = false, ...options }) => {
      if (options.installPeers) installPeers(missingPackages(CYCLING), say);
      const records = join(OUT, 'bench/lifecycle.ndjson');
      const size = quick ? { rounds: 3, runs: 12 } : { rounds: options.rounds, runs: options.runs };
      const what = {
        ...{ targets: options.only ?? CYCLING, parts: ['lifecycle'], quick, runs: undefined },
        ...{ rootfs: resolve(typedIn, options.rootfs), ballastMiB: options.ballast ?? 0 },
        schedule: { ...size, gapMs: options.gap },
      };
      await run({ ...common, ...what }, records);
      finish(writeLifecycle(records, options.json === true), common.signal);
    });
}

function addOutput(program: Pick<Command, 'command'>): void {
  program
    .command('output')
    .description('what a container writes, read to the end on a terminal: to the bare program')
    .option('--lines <n>', 'lines to write', parseCount, 1_000_000)
    .option('--runs <n>', 'runs of each, in turns', parseCount, 5)
    .option('--rootfs <dir>', 'root file system with a static busybox', ROOTFS)
    .action(({ lines, runs, rootfs }) => {
      const options = { repository, rootfs: resolve(typedIn, rootfs), lines, runs };
      const rows = measureOutput(options).map(({ name, s, toBare }) => [
        ...[name, s.toFixed(3), toBare.toFixed(2)],
      ]);
      process.stdout.write(`${columns([[`${lines} lines, s`, 'median', '× bare'], ...rows])}\n`);
    });
}

function finish({ text, failed }: Result, signal: AbortSignal): void {
  process.stdout.write(`${text}\n`);
  if (failed) process.exitCode = 1;
  if (signal.aborted) process.exitCode = 130;
}
