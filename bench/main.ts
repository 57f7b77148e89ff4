// `npm run bench`: containers, virtual machines and bare metal compared; `npm run bench --
// lifecycle`: our own speed alone.
import { dirname, join, resolve } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { parseCount, parseMeasures, parsePlaces, parseTargets } from './cli/arguments.ts';
import { installPeers, missingPackages } from './cli/install-peers.ts';
import { listing } from './cli/list.ts';
import { progressTo, reportText } from './cli/terminal.ts';
import { TARGETS } from './lifecycle/catalogue.ts';
import { lifecycle } from './lifecycle/lifecycle.ts';
import { PEER_PACKAGES } from './lifecycle/peers.ts';
import { measureOutput } from './measures/output.ts';
import { buildExecutable } from './programs/build.ts';
import { inside } from './run/inside.ts';
import { MEASURES } from './run/job.ts';
import { lockBenchmark } from './run/lock.ts';
import { whole } from './run/run-all.ts';
import { PLACES } from './targets/catalogue.ts';

const repository = dirname(import.meta.dirname);
const typedIn = process.env.INIT_CWD ?? process.cwd();
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () =>
    interrupted.abort(new Error('interrupted: what was at hand was ended properly')),
  );
}
const say = (line: string) => process.stderr.write(`${line}\n`);
const ROOTFS = join(repository, 'fixtures/rootfs/out/default');

const program = new Command('bench')
  .description(
    'Compares containers, virtual machines and bare metal: the same program, root, processors and memory in all of them.',
  )
  .showSuggestionAfterError()
  .enablePositionalOptions()
  .option('--quick', 'two minutes: fewer rounds')
  .option(
    '--only <measures>',
    `comma-separated: ${[...MEASURES, 'goals'].join(', ')}; all by default`,
    parseMeasures,
  )
  .option(
    '--targets <targets>',
    `comma-separated: ${PLACES.map(({ name }) => name).join(', ')}, qemu; all by default`,
    parsePlaces,
  )
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
  .action(async (options) => {
    if (options.list) return void process.stdout.write(`${listing()}\n`);
    if (options.installPeers) return installPeers(missingPackages(), say);
    const { text, failed } = await whole({
      repository,
      rootfs: resolve(typedIn, options.rootfs),
      places: options.targets ?? PLACES,
      only: options.only,
      quick: options.quick === true,
      runs: options.runs,
      baseline: options.baseline === undefined ? undefined : resolve(typedIn, options.baseline),
      command: [
        'npm run bench',
        ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : []),
      ].join(' '),
      signal: interrupted.signal,
      say,
    });
    process.stdout.write(`${text}\n`);
    if (failed) process.exitCode = 1;
    if (interrupted.signal.aborted) process.exitCode = 130;
  });

program
  .command('lifecycle')
  .description(
    'one container from request to clean-up: in process, as a command, the C floor, runc, crun, bwrap, unshare',
  )
  .option(
    '--only <targets>',
    `comma-separated targets, all by default: ${TARGETS.map(({ name }) => name).join(', ')}`,
    parseTargets,
  )
  .option(
    '--runs <n>',
    'samples of each target back to back; half as many with pauses',
    parseCount,
    100,
  )
  .option('--rounds <n>', 'rounds to spread them over', parseCount, 10)
  .option('--gap <ms>', 'pause before each start of the series with pauses', parseCount, 30)
  .option('--quick', 'a first look: 3 rounds of 4 samples')
  .option('--rootfs <dir>', 'root file system to start in', ROOTFS)
  .option(
    '--ballast <MiB>',
    'memory to fill first: the cost should not depend on the size of the calling process',
    parseCount,
  )
  .option('--install-peers', 'install runc, crun and bubblewrap with apt first')
  .option('--json', 'print the report as JSON')
  .addHelpText(
    'after',
    '\nRatios are of medians taken in the same rounds. Samples and report go to reports/out/bench/.',
  )
  .action(async (options) => {
    if (options.installPeers) installPeers(PEER_PACKAGES, say);
    const ballast = Buffer.alloc((options.ballast ?? 0) * 1048576, 1);
    const lock = await lockBenchmark();
    const targets = options.only ?? TARGETS;
    if (targets.some(({ name }) => name === 'cli')) buildExecutable(repository, say);
    const progress = progressTo(process.stderr);
    const { report, files } = await lifecycle({
      repository,
      rootfs: resolve(typedIn, options.rootfs),
      targets,
      rounds: options.quick ? 3 : options.rounds,
      runs: options.quick ? 12 : options.runs,
      gapMs: options.gap,
      signal: interrupted.signal,
      onProgress: progress.show,
    }).finally(progress.clear);
    lock.close();
    process.stdout.write(
      options.json
        ? `${JSON.stringify(report, null, 2)}\n`
        : `${reportText(report)}\n\n${files.join('\n')}\n`,
    );
    if (ballast.length > 0) say(`with ${ballast.length / 1048576} MiB of ballast`);
  });

program
  .command('output')
  .description('what a container writes, read to the end on a terminal: to the bare program')
  .option('--lines <n>', 'lines to write', parseCount, 1_000_000)
  .option('--runs <n>', 'runs of each, in turns', parseCount, 5)
  .option('--rootfs <dir>', 'root file system with a static busybox', ROOTFS)
  .action(({ lines, runs, rootfs }) => {
    const options = { repository, rootfs: resolve(typedIn, rootfs), lines, runs };
    process.stdout.write(`${measureOutput(options)}\n`);
  });

program.command('inside', { hidden: true }).argument('<job>').action(inside);

try {
  await program.parseAsync();
} catch (error) {
  say(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = interrupted.signal.aborted ? 130 : 1;
}
