// The lines of a file in a root file system, one piece after another: however large it is, little
// of it is in memory.
import { closeSync, openSync, readSync } from 'node:fs';
import { decodeBytes } from '../base/bytes.ts';
import { isShortage } from '../host/files.ts';
import { PathResolver } from './path-resolver.ts';

const PIECE = 1 << 16;
/** A line that is longer is left out. A group of ten thousand members has some 100 KB. */
const LONGEST_LINE = 1 << 20;
/** A file may be sparse and claim any size: reading this much takes some tens of milliseconds. */
const MOST = 64 << 20;
const NEWLINE = 10;

/**
 * Read anew for each iteration. None where there is no regular file: no device and no pipe is ever
 * opened.
 *
 * @throws Node's error when descriptors or memory are used up: a user must not seem absent then
 */
export class LinesInRoot implements Iterable<string> {
  readonly #rootfs: string;
  readonly #path: string;
  /** How many MiB were read when the last iteration ended with more to come. */
  cutAtMiB: number | undefined;

  constructor(rootfs: string, path: string) {
    this.#rootfs = rootfs;
    this.#path = path;
  }

  *[Symbol.iterator](): Iterator<string> {
    using file = openFile(this.#rootfs, this.#path);
    if (!file) return;
    const piece = Buffer.alloc(PIECE);
    let pending: Buffer[] = [];
    let overlong = false;
    for (let total = 0; total < MOST; ) {
      const got = readSync(file.fd, piece, 0, PIECE, null);
      if (got === 0) {
        if (!overlong && pending.length > 0) yield decodeBytes(Buffer.concat(pending));
        return;
      }
      total += got;
      const end = piece.subarray(0, got).lastIndexOf(NEWLINE);
      if (end < 0) {
        overlong ||= pending.length * PIECE > LONGEST_LINE;
        pending = overlong ? [] : [...pending, Buffer.from(piece.subarray(0, got))];
        continue;
      }
      const lines = decodeBytes(Buffer.concat([...pending, piece.subarray(0, end)])).split('\n');
      yield* overlong ? lines.slice(1) : lines;
      overlong = false;
      pending = end + 1 < got ? [Buffer.from(piece.subarray(end + 1, got))] : [];
    }
    this.cutAtMiB = MOST >> 20;
  }
}

function openFile(
  rootfs: string,
  path: string,
): ({ readonly fd: number } & Disposable) | undefined {
  try {
    using resolver = new PathResolver(rootfs);
    const found = resolver.resolve(path);
    if (found.kind !== 'there' || !found.stats.isFile()) return undefined;
    const fd = openSync(`/proc/self/fd/${resolver.fd}`, 'r');
    return { fd, [Symbol.dispose]: () => closeSync(fd) };
  } catch (error) {
    if (isShortage(error)) throw error;
    return undefined;
  }
}
