// What a detached container wrote to its standard output and error, as its watcher keeps it: the
// current file and the one before (native/init/watcher.cc).
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { pathOf } from '../../base/bytes.ts';
import { StateError } from '../../base/errors.ts';
import { isErrno } from '../../cgroups/files.ts';

const PAUSE_MS = 50;
const PIECE = 65_536;

/** Names of the two files. */
export interface LogFiles {
  readonly current: string;
  readonly older: string;
}

/**
 * Yields the bytes that are there, and while `more` answers true those that come, across rotations.
 * Each piece is a copy: the receiver's to keep.
 *
 * @throws StateError for a container without a log; the reason of an aborted `signal`.
 */
export async function* followLog(
  files: LogFiles,
  more: () => boolean | Promise<boolean>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  using reader = new LogReader(files);
  for (;;) {
    signal?.throwIfAborted();
    // Asked before reading: the read below then sees what was written before the end.
    const open = await more();
    yield* reader.available();
    if (!open) return;
    await delay(PAUSE_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** Reads on where it stopped, whatever the files are called by then. */
class LogReader implements Disposable {
  readonly #files: LogFiles;
  #fd: number;
  /** Files that are complete, and to be read before the current one. */
  #before: number[];

  constructor(files: LogFiles) {
    this.#files = files;
    const { current, older } = openBoth(files);
    this.#fd = current;
    this.#before = older === undefined ? [] : [older];
  }

  *available(): Generator<Uint8Array> {
    for (;;) {
      for (let fd = this.#before[0]; fd !== undefined; fd = this.#before[0]) {
        yield* rest(fd);
        closeSync(fd);
        this.#before.shift();
      }
      yield* rest(this.#fd);
      if (!this.#renamed()) return;
      // Complete now, and what came between the last read and the renaming is still to be read.
      yield* rest(this.#fd);
      this.#reopen();
    }
  }

  /** Whether another file has the name of the one that is being read. */
  #renamed(): boolean {
    try {
      return statSync(pathOf(this.#files.current)).ino !== fstatSync(this.#fd).ino;
    } catch {
      // Between the renaming and the next file, or deleted.
      return false;
    }
  }

  #reopen(): void {
    const { current, older } = openBoth(this.#files);
    // The one just read is the older one, unless there were two rotations since.
    const seen = older === undefined || fstatSync(older).ino === fstatSync(this.#fd).ino;
    if (older !== undefined && seen) closeSync(older);
    closeSync(this.#fd);
    this.#fd = current;
    this.#before = older === undefined || seen ? [] : [older];
  }

  [Symbol.dispose](): void {
    for (const fd of [...this.#before, this.#fd]) closeSync(fd);
  }
}

/** The rest of a file. */
function* rest(fd: number): Generator<Uint8Array> {
  const buffer = Buffer.alloc(PIECE);
  for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer)) {
    yield Uint8Array.prototype.slice.call(buffer, 0, length);
  }
}

/** The current file and the one right before it: again when they were renamed between the calls. */
function openBoth({ current, older }: LogFiles): { current: number; older: number | undefined } {
  for (;;) {
    const fd = openLogFile(current) ?? openLogFile(older);
    if (fd === undefined) {
      throw new StateError('there is no log', {
        hint: 'only a detached container has one; others write to where they were started',
      });
    }
    const before = openLogFile(older);
    if (sameFile(fd, current) && !(before !== undefined && sameInode(fd, before)))
      return { current: fd, older: before };
    // No next file yet, because its file system is full: the older one is all there is.
    if (before !== undefined && sameInode(fd, before) && !exists(current)) {
      closeSync(before);
      return { current: fd, older: undefined };
    }
    closeSync(fd);
    if (before !== undefined) closeSync(before);
  }
}

function openLogFile(file: string): number | undefined {
  try {
    return openSync(pathOf(file), constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function sameInode(a: number, b: number): boolean {
  return fstatSync(a).ino === fstatSync(b).ino;
}

function sameFile(fd: number, file: string): boolean {
  try {
    return statSync(pathOf(file)).ino === fstatSync(fd).ino;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

function exists(file: string): boolean {
  try {
    statSync(pathOf(file));
    return true;
  } catch {
    return false;
  }
}
