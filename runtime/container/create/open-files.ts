// The caller's limits that are not ours: Node raises the soft limit of open files to the
// hard one before any code of ours runs, and the launcher lifts that of a file's size, so that a
// journal can be written.
import type { Rlimit } from '../../config/config.ts';

const VARIABLE = 'TERRARIUM_OPEN_FILES';
const FILE_SIZE = 'TERRARIUM_FILE_SIZE';

let soft: number | undefined;
let fileSize: Rlimit | undefined;

/**
 * Takes the limit that `bin/terrarium` hands over out of the environment: no container and no other
 * program shall see it.
 */
export function takeOpenFiles(environment: Record<string, string | undefined>): void {
  const text = environment[VARIABLE];
  delete environment[VARIABLE];
  if (text !== undefined && /^[1-9]\d{0,9}$/.test(text)) soft = Number(text);
  const [, size, most] =
    /^(\d{1,15}) (\d{1,15}|unlimited)$/.exec(environment[FILE_SIZE] ?? '') ?? [];
  delete environment[FILE_SIZE];
  if (size === undefined) return;
  const hard = most === 'unlimited' ? {} : { hard: Number(most) };
  fileSize = { type: 'RLIMIT_FSIZE', soft: Number(size), ...hard };
}

/**
 * Of the container's processes, as the caller's own: setrlimit(2). Undefined where the caller has
 * none.
 */
export function callersFileSize(): Rlimit | undefined {
  return fileSize;
}

/** Undefined where no command handed it over: through the API. */
export function callersOpenFiles(): number | undefined {
  return soft;
}
