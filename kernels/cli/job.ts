// The job that the options of both commands ask for.
import { TerrariumError } from '../../runtime/base/errors.ts';
import { select } from '../../specs/selection.ts';
import { type Program, readProgram } from '../exec/program.ts';
import { PROJECT } from '../fetch/paths.ts';
import type { Job } from '../matrix/job.ts';
import type { MatrixOptions } from './options.ts';

/** Seconds that a user's program may take without `--timeout`. */
const EXEC_S = 300;
/** The archive is in a guest's memory twice, unpacked and copied; the tests need some, too. */
const SHARE_OF_MEMORY = 1 / 5;

/**
 * The program of `--exec`, which `--timeout` limits; else the specs of `--only`, or all.
 * @throws TerrariumError or SelectionError for what does not exist or is too large.
 */
export function jobOf({
  exec,
  only,
  timeoutS = EXEC_S,
  memoryMiB,
}: Pick<MatrixOptions, 'exec' | 'only' | 'timeoutS' | 'memoryMiB'>): Job {
  if (exec === undefined) return { kind: 'specs', selection: select(only, PROJECT) };
  const program = readProgram(exec.command, exec.files, exec.directory);
  requireFits(program, memoryMiB);
  return { kind: 'exec', program, limitS: timeoutS };
}

function requireFits({ name, files }: Program, memoryMiB: number): void {
  const bytes = files.reduce(
    (sum, entry) => sum + (entry.kind === 'file' ? entry.content.length : 0),
    0,
  );
  const sizeMiB = Math.ceil(bytes / 2 ** 20);
  if (sizeMiB > memoryMiB * SHARE_OF_MEMORY)
    throw new TerrariumError(
      `--exec: ${name} and its files are ${sizeMiB} MiB, too much for a guest of ${memoryMiB} MiB`,
      { hint: `give guests more: --memory ${Math.ceil(sizeMiB / SHARE_OF_MEMORY)}` },
    );
}
