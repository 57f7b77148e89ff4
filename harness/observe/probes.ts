// The suite's own programs, run on the host. A subject is root there, and its containers may write
// to the root file system with the programs. So the host runs an unnamed copy of the build, which
// cannot be replaced.
import { createHash, randomUUID } from 'node:crypto';
import { openSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ProbeSource {
  /** File in the form of sha256sum(1), written by the build, out of the containers' reach. */
  readonly sums: string;
  /** Directory of the containers' copies. */
  readonly directory: string;
}

export class Probes {
  readonly #directory: string;
  readonly #file: string | undefined;
  #sums: ReadonlyMap<string, string> | undefined;
  /** Paths of copies, by name. */
  readonly #copies = new Map<string, string>();

  /** Without `sums`, a program is used as it is at the first request. */
  constructor({ directory, sums }: Pick<ProbeSource, 'directory'> & Partial<ProbeSource>) {
    this.#directory = directory;
    this.#file = sums;
  }

  /**
   * Path of a program, for as long as this process lives: `/proc/PID/fd/N`.
   *
   * @throws Error if it is missing or is not the built one.
   */
  path(name: string): string {
    const known = this.#copies.get(name);
    if (known !== undefined) return known;
    const bytes = readFileSync(join(this.#directory, name));
    if (this.#file !== undefined) this.#sums ??= sumsIn(this.#file);
    if (this.#sums !== undefined && sumOf(bytes) !== this.#sums.get(name))
      throw new Error(`not the built program: ${name} in ${this.#directory}`);
    const file = join(tmpdir(), `.probe-${randomUUID()}`);
    writeFileSync(file, bytes, { mode: 0o500, flag: 'wx' });
    const path = `/proc/${process.pid}/fd/${openSync(file, 'r')}`;
    unlinkSync(file);
    this.#copies.set(name, path);
    return path;
  }
}

/** SHA-256 by name. @throws Error when the file names no program. */
export function sumsIn(file: string): Map<string, string> {
  const lines = readFileSync(file, 'utf8').split('\n');
  const sums = lines.flatMap((line): [string, string][] => {
    const [, sum, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    return sum === undefined || name === undefined ? [] : [[name, sum]];
  });
  if (sums.length === 0) throw new Error(`${file} names no program`);
  return new Map(sums);
}

export function sumOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
