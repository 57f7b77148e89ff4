// The job that the options of both commands ask for.
import { select } from '../../specs/selection.ts';
import { readProgram } from '../exec/program.ts';
import { PROJECT } from '../fetch/paths.ts';
import type { Job } from '../matrix/job.ts';
import type { MatrixOptions } from './options.ts';

/** What a program of the user's may take when no `--timeout` says otherwise. */
const EXEC_S = 300;

/**
 * The program of `--exec`, which `--timeout` limits; else the specs of `--only`, or all.
 * @throws TerrariumError or SelectionError for what does not exist.
 */
export function jobOf({
  exec,
  only,
  timeoutS = EXEC_S,
}: Pick<MatrixOptions, 'exec' | 'only' | 'timeoutS'>): Job {
  if (exec === undefined) return { kind: 'specs', selection: select(only, PROJECT) };
  const program = readProgram(exec.command, exec.files, exec.directory);
  return { kind: 'exec', program, limitS: timeoutS };
}
