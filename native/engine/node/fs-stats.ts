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

  // No array destructuring: its iterator takes as long as the system call.
  constructor(fields: StatFields) {
    this.mode = fields[0] ?? 0;
    this.dev = fields[1] ?? 0;
    this.ino = fields[2] ?? 0;
    this.nlink = fields[3] ?? 0;
    this.size = fields[4] ?? 0;
    this.uid = fields[5] ?? 0;
    this.gid = fields[6] ?? 0;
    this.rdev = fields[7] ?? 0;
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
