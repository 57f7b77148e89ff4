// Looks at files of a root file system without being led out of it, and at the host's, and changes
// nothing.
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { pathOf } from '../base/bytes.ts';
import { linkOf, namesIn, readText } from '../host/files.ts';
import { type FeatureState, observeHost } from '../host/observe.ts';
import { codeOf, type Found, Walk } from './walk.ts';

export type { Found } from './walk.ts';

/** The probes that explaining an error needs. None of them throws. */
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

/** Where `path` leads for a process whose root is `rootfs`. */
export function resolveInRoot(rootfs: string, path: string): Found {
  try {
    using walk = new Walk(rootfs);
    return walk.to(path);
  } catch (error) {
    return { kind: 'unreadable', code: codeOf(error), path, links: [] };
  }
}

/**
 * The first `maxBytes` of a regular file inside; undefined when there is none that can be read. No
 * device or pipe is ever opened.
 */
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
    readHost: (path) => orUndefined(() => readText(path).trim()),
    statHost: (path) => orUndefined(() => statSync(pathOf(path))),
    linkHost: (path) => orUndefined(() => linkOf(path)),
    veth: () =>
      observeHost(orUndefined(() => readText('/proc/sys/kernel/osrelease').trim()) ?? '').veth,
  };
}

function listInRoot(rootfs: string, path: string): readonly string[] {
  try {
    using walk = new Walk(rootfs);
    return walk.to(path).kind === 'there' ? namesIn(`/proc/self/fd/${walk.fd}`) : [];
  } catch {
    return [];
  }
}

/** A program may be large, and read(2) may answer less than was asked for. */
function readStart(path: string, maxBytes: number): Buffer {
  const fd = openSync(pathOf(path), 'r');
  try {
    const bytes = Buffer.alloc(Math.min(maxBytes, fstatSync(fd).size));
    let length = 0;
    for (let got = -1; got !== 0 && length < bytes.length; length += got)
      got = readSync(fd, bytes, length, bytes.length - length, null);
    return bytes.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

function orUndefined<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
