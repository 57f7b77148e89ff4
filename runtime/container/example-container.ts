// For the tests against this machine's kernel: what to run, how to listen to it, and what it may
// have left on the host.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { holderOfClaim } from '../execute/journal/claim.ts';
import { checksumOf, stateFiles } from '../execute/journal/journal.ts';
import { stateRoot } from '../execute/journal/state-directory.ts';
import { claimsDirectory, linkName } from '../network/addresses.ts';
import { baseOf } from './state/state.ts';

export const ROOTFS = join(import.meta.dirname, '../../fixtures/rootfs/out/default');

/** Options of a container without a network, with a unique id. */
export function example(...command: string[]) {
  return {
    rootfs: ROOTFS,
    hostname: 'box',
    id: `api-${randomBytes(4).toString('hex')}`,
    network: 'none',
    stdio: 'ignore',
    command,
  } as const;
}

/**
 * A fifo on the host: its descriptor is a container's standard stream, and the test has the other
 * side.
 */
export class Pipe implements Disposable {
  readonly fd: number;
  readonly #directory = mkdtempSync(join(tmpdir(), 'terrarium-pipe-'));
  readonly #ours: number;
  #text = '';

  constructor() {
    const path = join(this.#directory, 'fifo');
    execFileSync('mkfifo', [path]);
    // Read and write: neither side waits for the other to open it.
    this.#ours = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    this.fd = openSync(path, constants.O_RDWR);
  }

  write(text: string): void {
    writeSync(this.#ours, text);
  }

  /** Everything that has been written so far. */
  get text(): string {
    const buffer = Buffer.alloc(65536);
    try {
      for (let length = 1; length > 0; this.#text += buffer.toString('utf8', 0, length))
        length = readSync(this.#ours, buffer);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    }
    return this.#text;
  }

  /** Resolves when it has been written. */
  async until(wanted: string): Promise<void> {
    while (!this.text.includes(wanted)) await delay(2);
  }

  [Symbol.dispose](): void {
    closeSync(this.fd);
    closeSync(this.#ours);
    rmSync(this.#directory, { recursive: true });
  }
}

/** What is on the host of a container of this id: state, cgroups, link, claimed address. */
export function leftovers(id: string): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').matchAll(
    /^\S+ \S+ \S+ \S+ (\S+) .* - cgroup2? /gm,
  );
  const groups = [...mounts].map(([, mount]) => `${mount}/terrarium-${id}`);
  const paths = [
    ...Object.values(stateFiles(baseOf(id))),
    `/sys/class/net/${linkName(id)}`,
    ...groups,
  ].filter((path) => existsSync(path));
  return [...paths, ...claimsOf(id)];
}

/** The addresses that it has claimed. */
export function claimsOf(id: string): string[] {
  const place = claimsDirectory(stateRoot());
  const names = existsSync(place) ? readdirSync(place) : [];
  return names.filter((name) => holderOfClaim(join(place, name)) === id);
}

/** Nothing of it is left: a link goes a moment after its namespace has ended. */
export async function gone(id: string): Promise<void> {
  for (let left = leftovers(id); left.length > 0; left = leftovers(id)) {
    if (left.some((path) => !path.startsWith('/sys/class/net/')))
      throw new Error(`left of ${id}: ${left.join(' ')}`);
    await delay(5);
  }
}

/** A journal that was edited, with checksums that are right. */
export function resealed(journal: string): string {
  return journal.replace(
    /^(.*),"sum":"[0-9a-f]{8}"\}$/gm,
    (_, text: string) => `${text},"sum":"${checksumOf(text)}"}`,
  );
}
