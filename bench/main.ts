// `npm run bench -- NAME`: the benchmarks' command line.
import { dirname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { installPeers } from './install-peers.ts';
import { lifecycle } from './lifecycle.ts';
import { selectTargets, TARGETS } from './targets/catalogue.ts';
import { progressTo, reportText } from './terminal.ts';

const repository = dirname(import.meta.dirname);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort(new Error('interrupted: the container at hand was ended properly, no figures were written')));
}

const program = new Command('bench')
  .description('Measures Terrarium beside what else can start a container here.')
  .showSuggestionAfterError();

program
  .command('lifecycle')
  .description('one container from request to clean-up: in process, as a command, the C floor, runc, crun, bwrap, unshare')
  .option('--only <targets>', `comma-separated targets, all by default: ${TARGETS.map(({ name }) => name).join(', ')}`, parseTargets)
  .option('--runs <n>', 'samples of each target back to back; half as many with pauses', parseCount, 100)
  .option('--rounds <n>', 'rounds to spread them over', parseCount, 10)
  .option('--gap <ms>', 'pause before each start of the series with pauses', parseCount, 30)
  .option('--quick', 'a first look: 3 rounds of 4 samples')
  .option('--rootfs <dir>', 'root file system to start in', join(repository, 'fixtures/rootfs/out/default'))
  .option('--ballast <MiB>', 'memory to fill first: the cost should not depend on the size of the calling process', parseCount)
  .option('--install-peers', 'install runc, crun and bubblewrap with apt first')
  .option('--json', 'print the report as JSON')
  .addHelpText('after', '\nRatios are of medians taken in the same rounds. Samples and report go to reports/out/bench/.')
  .action(async (options) => {
    if (options.installPeers) installPeers((line) => process.stderr.write(`${line}\n`));
    const ballast = Buffer.alloc((options.ballast ?? 0) * 1048576, 1);
    const progress = progressTo(process.stderr);
    const { report, files } = await lifecycle({
      repository,
      rootfs: resolve(options.rootfs),
      targets: options.only ?? TARGETS,
      rounds: options.quick ? 3 : options.rounds,
      runs: options.quick ? 12 : options.runs,
      gapMs: options.gap,
      signal: interrupted.signal,
      onProgress: progress.show,
    }).finally(progress.clear);
    process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `${reportText(report)}\n\n${files.join('\n')}\n`);
    if (ballast.length > 0) process.stderr.write(`with ${ballast.length / 1048576} MiB of ballast\n`);
  });

function parseTargets(text: string): ReturnType<typeof selectTargets> {
  try {
    return selectTargets(text.split(',').filter((name) => name !== ''));
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('a whole number from 1 is wanted');
  return Number(text);
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = interrupted.signal.aborted ? 130 : 1;
}
