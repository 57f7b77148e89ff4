// Resolves a path inside a root file system as the kernel does for a process with that root,
// without escaping it.
import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { pathOf } from '../base/bytes.ts';
import { linkOf } from '../host/files.ts';

/**
 * open(2): a place in the tree, not the file. Node's constants leave it out; the number is that of
 * x86 and ARM.
 */
const O_PATH = 0o10000000;
/** path_resolution(7) */
const MAXIMUM_LINKS = 40;

/** A symbolic link that was met: where it is, and what it says. */
export interface Link {
  readonly path: string;
  readonly to: string;
}

/**
 * Where a path leads inside a root; `links` are those followed, in order. Paths are as from inside.
 */
export type Resolution = { readonly links: readonly Link[]; readonly path: string } & (
  | { readonly kind: 'there'; readonly stats: Stats }
  /** Nothing has the name that `path` ends with. */
  | { readonly kind: 'absent' }
  /** `path` is neither a directory nor a link, though the way goes on. */
  | { readonly kind: 'blocked' }
  /** More links than the kernel follows: most likely they lead back to themselves. */
  | { readonly kind: 'loop' }
  | { readonly kind: 'unreadable'; readonly code: string }
);

interface Place {
  readonly fd: number;
  readonly name: string;
}

/**
 * path_resolution(7) for a process whose root is `rootfs`. Each step starts from an open directory,
 * so that a rename cannot divert it.
 */
export class PathResolver implements Disposable {
  readonly #places: Place[] = [];
  readonly #links: Link[] = [];

  constructor(rootfs: string) {
    this.#places.push({ fd: openSync(pathOf(rootfs), O_PATH | constants.O_DIRECTORY), name: '' });
  }

  /** The descriptor of the place reached, an O_PATH one. */
  get fd(): number {
    return this.#places.at(-1)?.fd ?? -1;
  }

  resolve(path: string): Resolution {
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
        this.#places.push({
          fd: openSync(pathOf(`/proc/self/fd/${from}/${name}`), O_PATH | constants.O_NOFOLLOW),
          name,
        });
      } catch (error) {
        return this.#stopped(error, name);
      }
      if (!fstatSync(this.fd).isSymbolicLink()) continue;
      const to = linkOf(`/proc/self/fd/${from}/${name}`);
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

  #stopped(error: unknown, name: string): Resolution {
    const code = codeOf(error);
    const path = join(this.#path(), name);
    if (code === 'ENOENT') return { kind: 'absent', path, links: this.#links };
    return { kind: 'unreadable', code, path, links: this.#links };
  }

  #path(): string {
    return join('/', ...this.#places.map(({ name }) => name));
  }

  #found<T extends object>(
    what: T,
  ): T & { readonly path: string; readonly links: readonly Link[] } {
    return { ...what, path: this.#path(), links: this.#links };
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
