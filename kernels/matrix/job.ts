// What to run in a guest: the specs, or a user's program.
import type { Selection } from '../../specs/selection.ts';
import type { Program } from '../exec/program.ts';
import type { CpioEntry } from '../image/cpio.ts';

export interface SpecsJob {
  readonly kind: 'specs';
  readonly selection: Selection;
}

export interface ExecJob {
  readonly kind: 'exec';
  readonly program: Program;
  /** Seconds that the program may take. */
  readonly limitS: number;
}

export type Job = SpecsJob | ExecJob;

/** Distinguishes jobs, as JSON. */
export function identityOf(job: Job): unknown {
  return job.kind === 'specs' ? job.selection : [job.program.digest, job.limitS];
}

/** The job's files in a guest, below /run/job. */
export function filesOf(job: Job): { texts: Record<string, string>; files: readonly CpioEntry[] } {
  if (job.kind === 'specs')
    return { texts: { arguments: lines(job.selection.arguments) }, files: [] };
  const { name, args, files } = job.program;
  return {
    texts: { arguments: lines(args), program: name, limit: String(job.limitS) },
    files: [
      { kind: 'directory', path: 'exec' },
      ...files.map((entry) => ({ ...entry, path: `exec/${entry.path}` })),
    ],
  };
}

function lines(words: readonly string[]): string {
  return words.map((word) => `${word}\n`).join('');
}
