// `npm run matrix`: runs the specs, or a user's program, inside real kernels, one column each. One
// page shows where they differ and what changed since a baseline.

import { mkdirSync, writeFileSync } from 'node:fs';
import { commitOf } from '../../harness/reporter/provenance.ts';
import { quoteAll } from '../../runtime/plan/quote.ts';
import { KERNELS } from '../fetch/catalogue.ts';
import { PATHS, PROJECT } from '../fetch/paths.ts';
import {
  compareMatrices,
  hasRegressed,
  MATRIX_VERSION,
  type Matrix,
  type MatrixComparison,
} from '../matrix/results.ts';
import { runGuestShell, runMatrix } from '../matrix/run.ts';
import { summary } from '../report/summary.ts';
import { readMatrix, writeMatrix } from '../report/write.ts';
import { endOnSignals } from './interrupt.ts';
import { jobOf } from './job.ts';
import { listing } from './list.ts';
import { type MatrixOptions, matrixOptions } from './options.ts';
import { printError } from './print-error.ts';

const say = (line: string) => console.log(`matrix: ${line}`);

/** The exit code. */
async function main(options: MatrixOptions): Promise<number> {
  if (options.list) {
    console.log(listing(KERNELS));
    return 0;
  }
  mkdirSync(PATHS.runs, { recursive: true });
  const request = {
    ...options,
    command: commandLine(),
    task: options.exec === undefined ? options.task : ('exec' as const),
    timeoutS: options.exec === undefined ? options.timeoutS : undefined,
  };
  if (options.shell !== undefined) {
    await runGuestShell(options.shell, request, say);
    return 0;
  }
  const baseline = options.baseline === undefined ? undefined : readMatrix(options.baseline);
  const job = jobOf(options);
  const started = Date.now();
  const columns = await runMatrix(request, job, say);
  const matrix: Matrix = {
    version: MATRIX_VERSION,
    startedAt: new Date(started).toISOString(),
    durationMs: Date.now() - started,
    commit: commitOf(PROJECT),
    command: request.command,
    ...(options.exec === undefined ? {} : { exec: options.exec.command }),
    columns,
  };
  const comparison = baseline === undefined ? undefined : compareMatrices(baseline, matrix);
  const page = writeMatrix(PATHS.report, matrix, comparison);
  if (options.saveBaseline !== undefined)
    writeFileSync(options.saveBaseline, `${JSON.stringify(matrix, null, 1)}\n`);
  console.log(summary(matrix, comparison, page, options.ktap));
  return isGood(matrix, comparison) ? 0 : 1;
}

/** With a baseline, nothing is worse than there; without, nothing is refuted and no guest died. */
function isGood({ columns }: Matrix, comparison: MatrixComparison | undefined): boolean {
  if (comparison !== undefined) return !hasRegressed(comparison);
  return columns.every(
    ({ outcome, cells }) =>
      outcome === 'completed' && cells.every(({ verdict }) => verdict !== 'refuted'),
  );
}

function commandLine(): string {
  const args = process.argv.slice(2);
  return args.length === 0 ? 'npm run matrix' : `npm run matrix -- ${quoteAll(args)}`;
}

endOnSignals(() => say('interrupted: guests ended; the next run goes on from here'));

try {
  const options = matrixOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  process.exitCode = await main(options);
} catch (error) {
  printError(error, 'npm run matrix -- --help lists the options');
  process.exitCode = 2;
}
