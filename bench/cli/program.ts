// The command line of `npm run bench`.
import { dirname, join, resolve } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { measureOutput } from '../measures/output.ts';
import { inside } from '../run/inside.ts';
import { type RunOptions, run } from '../run/run.ts';
import { TARGETS } from '../targets/catalogue.ts';
import {
  CYCLING,
  namesOf,
  PARTS,
  parseCount,
  parseCycling,
  parseParts,
  parseTargets,
} from './arguments.ts';
import { columns } from './columns.ts';
import { installPeers, listing } from './peers.ts';
import { readBaseline, writeResults } from './results.ts';

const repository = dirname(dirname(import.meta.dirname));
const rootfs = join(repository, 'fixtures/rootfs/out/default');
const OUT = join(repository, 'reports/out');
/** Of the life cycle beside other measures, and alone. */
const SCHEDULES = {
  beside: { rounds: 6, runs: 72 },
  besideQuick: { rounds: 3, runs: 6 },
  alone: { rounds: 10 },
  aloneQuick: { rounds: 3, runs: 12 },
};
/** Of `output`. */
const LINES = 1_000_000;

const say = (line: string) => process.stderr.write(`${line}\n`);

/** `signal`: aborted, the run ends early and keeps what it measured. */
export function benchProgram(signal: AbortSignal) {
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
    .action(async ({ quick = false, only = PARTS, targets = TARGETS, ...options }) => {
      if (options.list) return void process.stdout.write(`${listing()}\n`);
      if (options.installPeers) return installPeers(TARGETS, say);
      const schedule = quick ? SCHEDULES.besideQuick : SCHEDULES.beside;
      const what = { targets, parts: only, quick, runs: options.runs, schedule, ballastMiB: 0 };
      await perform(what, join(OUT, 'bench'), join(OUT, 'bench/samples.ndjson'), options.baseline);
    });
  program
    .command('lifecycle')
    .description(
      'one container from request to clean-up: in process, as a command, the C baseline, runc, crun, bwrap, unshare',
    )
    .option('--only <targets>', `${namesOf(CYCLING)}; all by default`, parseCycling)
    .option('--runs <n>', 'of each target back to back; half as many with pauses', parseCount, 100)
    .option('--quick', 'a first look: 3 rounds of 4 samples')
    .option('--ballast <MiB>', 'memory that the calling process holds', parseCount)
    .option('--install-peers', 'install runc, crun and bubblewrap with apt first')
    .addHelpText(
      'after',
      '\nRatios are of medians taken in the same rounds. Samples, page and figures are reports/out/bench/lifecycle.*.',
    )
    .action(async ({ quick = false, only = CYCLING, runs, ballast = 0, ...options }) => {
      if (options.installPeers) installPeers(CYCLING, say);
      const schedule = quick ? SCHEDULES.aloneQuick : { ...SCHEDULES.alone, runs };
      const what = { targets: only, parts: ['lifecycle'], quick, runs: undefined, schedule };
      const stem = join(OUT, 'bench/lifecycle');
      await perform({ ...what, ballastMiB: ballast }, stem, `${stem}.ndjson`);
    });
  program
    .command('output')
    .description('what a container writes, read to the end on a terminal: to the bare program')
    .action(() => {
      const measured = measureOutput({ repository, rootfs, lines: LINES, runs: 5 });
      const rows = measured.map(({ name, s, toBare }) => [name, s.toFixed(3), toBare.toFixed(2)]);
      process.stdout.write(`${columns([[`${LINES} lines, s`, 'median', '× bare'], ...rows])}\n`);
    });
  program.command('inside', { hidden: true }).argument('<job>').action(inside);
  return program;

  async function perform(
    what: Omit<RunOptions, 'repository' | 'rootfs' | 'command' | 'signal' | 'say'>,
    stem: string,
    records: string,
    file?: string,
  ): Promise<void> {
    const baseline = file && readBaseline(resolve(process.env.INIT_CWD ?? process.cwd(), file));
    const typed = process.argv.slice(2);
    const command = ['npm run bench', ...(typed.length > 0 ? ['--', ...typed] : [])].join(' ');
    await run({ ...what, repository, rootfs, command, signal, say }, records);
    const { text, failed } = writeResults(stem, records, baseline || undefined);
    process.stdout.write(`${text}\n`);
    if (failed) process.exitCode = 1;
    if (signal.aborted) process.exitCode = 130;
  }
}
