// Stats and Dirent of node:fs.
import type { StatFields } from './host.ts';

const TYPE = 0o170000;
const FIFO = 0o010000;
const CHARACTER = 0o020000;
const BLOCK = 0o060000;
const DIRECTORY = 0o040000;
const FILE = 0o100000;
const LINK = 0o120000;

export class Stats {
  readonly mode: number;
  readonly dev: number;
  readonly ino: number;
  readonly nlink: number;
  readonly size: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;

  constructor([mode, dev, ino, nlink, size, uid, gid, rdev]: StatFields) {
    this.mode = mode ?? 0;
    this.dev = dev ?? 0;
    this.ino = ino ?? 0;
    this.nlink = nlink ?? 0;
    this.size = size ?? 0;
    this.uid = uid ?? 0;
    this.gid = gid ?? 0;
    this.rdev = rdev ?? 0;
  }

  isFile(): boolean {
    return (this.mode & TYPE) === FILE;
  }

  isDirectory(): boolean {
    return (this.mode & TYPE) === DIRECTORY;
  }

  isSymbolicLink(): boolean {
    return (this.mode & TYPE) === LINK;
  }

  isCharacterDevice(): boolean {
    return (this.mode & TYPE) === CHARACTER;
  }

  isBlockDevice(): boolean {
    return (this.mode & TYPE) === BLOCK;
  }

  isFIFO(): boolean {
    return (this.mode & TYPE) === FIFO;
  }
}

/** An entry of a directory with its type: DT_* of readdir(3), which are those of a mode. */
export class Dirent<Name> {
  readonly name: Name;
  readonly #type: number;

  constructor(name: Name, type: number) {
    this.name = name;
    this.#type = type << 12;
  }

  isDirectory(): boolean {
    return this.#type === DIRECTORY;
  }
}
