// Looks at files of a root file system without being led out of it, and at the host's, and changes nothing.
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { type FeatureState, observeHost } from '../host/observe.ts';

/** open(2): a place in the tree, not the file. Node's constants leave it out; the number is that of x86 and ARM. */
const O_PATH = 0o10000000;
/** path_resolution(7) */
const MAXIMUM_LINKS = 40;

/** A symbolic link that was met: where it is, and what it says. */
export interface Link {
  readonly path: string;
  readonly to: string;
}

/** Where a path leads inside a root; `links` are those followed, in order. Paths are as from inside. */
export type Found = { readonly links: readonly Link[]; readonly path: string } & (
  | { readonly kind: 'there'; readonly stats: Stats }
  /** Nothing has the name that `path` ends with. */
  | { readonly kind: 'absent' }
  /** `path` is neither a directory nor a link, though the way goes on. */
  | { readonly kind: 'blocked' }
  /** More links than the kernel follows: most likely they lead back to themselves. */
  | { readonly kind: 'loop' }
  | { readonly kind: 'unreadable'; readonly code: string }
);

/** The probes that explaining a refusal needs. None of them throws. */
export interface Look {
  resolve(path: string): Found;
  /** The first bytes of a regular file inside. */
  read(path: string, maxBytes: number): Buffer | undefined;
  /** The names in a directory inside; none when there is no such directory. */
  list(path: string): readonly string[];
  /** The same inside another directory of the host: a volume's source. */
  into(directory: string): Look;
  /** The text of a file of the host, without the white space around it. */
  readHost(path: string): string | undefined;
  statHost(path: string): Stats | undefined;
  /** What a link of the host says: `net:[4026531840]` for /proc/1/ns/net. */
  linkHost(path: string): string | undefined;
  /** Whether the kernel can make veth pairs. */
  veth(): FeatureState;
}

interface Place {
  readonly fd: number;
  readonly name: string;
}

/** Walks like path_resolution(7) in a process whose root is `rootfs`; each step starts from an opened directory, so nobody can divert it. */
class Walk implements Disposable {
  readonly #places: Place[] = [];
  readonly #links: Link[] = [];

  constructor(rootfs: string) {
    this.#places.push({ fd: openSync(rootfs, O_PATH | constants.O_DIRECTORY), name: '' });
  }

  /** The descriptor of the place reached, an O_PATH one. */
  get fd(): number {
    return this.#places.at(-1)?.fd ?? -1;
  }

  to(path: string): Found {
    const rest = path.split('/').reverse();
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      if (name === '' || name === '.') continue;
      if (!fstatSync(this.fd).isDirectory()) return this.#found({ kind: 'blocked' });
      if (name === '..') {
        this.#up();
        continue;
      }
      const from = this.fd;
      try {
        this.#places.push({ fd: openSync(`/proc/self/fd/${from}/${name}`, O_PATH | constants.O_NOFOLLOW), name });
      } catch (error) {
        return this.#stopped(error, name);
      }
      if (!fstatSync(this.fd).isSymbolicLink()) continue;
      const to = readlinkSync(`/proc/self/fd/${from}/${name}`);
      this.#links.push({ path: this.#path(), to });
      if (this.#links.length > MAXIMUM_LINKS) return this.#found({ kind: 'loop' });
      this.#up();
      if (to.startsWith('/')) while (this.#up());
      rest.push(...to.split('/').reverse());
    }
    return this.#found({ kind: 'there', stats: fstatSync(this.fd) });
  }

  [Symbol.dispose](): void {
    for (const { fd } of this.#places) closeSync(fd);
  }

  #up(): boolean {
    if (this.#places.length === 1) return false;
    const left = this.#places.pop();
    if (left) closeSync(left.fd);
    return true;
  }

  #stopped(error: unknown, name: string): Found {
    const code = codeOf(error);
    const path = join(this.#path(), name);
    if (code === 'ENOENT') return { kind: 'absent', path, links: this.#links };
    return { kind: 'unreadable', code, path, links: this.#links };
  }

  #path(): string {
    return join('/', ...this.#places.map(({ name }) => name));
  }

  #found<T extends object>(what: T): T & { readonly path: string; readonly links: readonly Link[] } {
    return { ...what, path: this.#path(), links: this.#links };
  }
}

/** Where `path` leads for a process whose root is `rootfs`. */
export function resolveInRoot(rootfs: string, path: string): Found {
  try {
    using walk = new Walk(rootfs);
    return walk.to(path);
  } catch (error) {
    return { kind: 'unreadable', code: codeOf(error), path, links: [] };
  }
}

/** The first `maxBytes` of a regular file inside; undefined when there is none that can be read. No device or pipe is ever opened. */
export function readInRoot(rootfs: string, path: string, maxBytes: number): Buffer | undefined {
  try {
    using walk = new Walk(rootfs);
    const found = walk.to(path);
    if (found.kind !== 'there' || !found.stats.isFile()) return undefined;
    return readStart(`/proc/self/fd/${walk.fd}`, maxBytes);
  } catch {
    return undefined;
  }
}

export function lookInto(rootfs: string): Look {
  return {
    resolve: (path) => resolveInRoot(rootfs, path),
    read: (path, maxBytes) => readInRoot(rootfs, path, maxBytes),
    list: (path) => listInRoot(rootfs, path),
    into: lookInto,
    readHost: (path) => orUndefined(() => readFileSync(path, 'utf8').trim()),
    statHost: (path) => orUndefined(() => statSync(path)),
    linkHost: (path) => orUndefined(() => readlinkSync(path)),
    veth: () => observeHost(orUndefined(() => readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim()) ?? '').veth,
  };
}

function listInRoot(rootfs: string, path: string): readonly string[] {
  try {
    using walk = new Walk(rootfs);
    return walk.to(path).kind === 'there' ? readdirSync(`/proc/self/fd/${walk.fd}`) : [];
  } catch {
    return [];
  }
}

/** A program may be large, and read(2) may answer less than was asked for. */
function readStart(path: string, maxBytes: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(Math.min(maxBytes, fstatSync(fd).size));
    let length = 0;
    for (let got = -1; got !== 0 && length < bytes.length; length += got) got = readSync(fd, bytes, length, bytes.length - length, null);
    return bytes.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function orUndefined<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
