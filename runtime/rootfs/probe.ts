// Reads files of a root file system without escaping the root, and of the host. Changes nothing.
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { pathOf } from '../base/bytes.ts';
import { linkOf, namesIn, readText } from '../host/files.ts';
import { type FeatureState, observeHost } from '../host/observe.ts';
import { codeOf, PathResolver, type Resolution } from './path-resolver.ts';

export type { Resolution } from './path-resolver.ts';

/** The probes that explaining an error needs. None of them throws. */
export interface RootfsProbe {
  resolve(path: string): Resolution;
  /** The first bytes of a regular file inside. */
  read(path: string, maxBytes: number): Buffer | undefined;
  /** The names in a directory inside; none when there is no such directory. */
  list(path: string): readonly string[];
  /** The same inside another directory of the host: a volume's source. */
  into(directory: string): RootfsProbe;
  /** The text of a file of the host, without the white space around it. */
  readHost(path: string): string | undefined;
  statHost(path: string): Stats | undefined;
  /** What a link of the host says: `net:[4026531840]` for /proc/1/ns/net. */
  linkHost(path: string): string | undefined;
  /** Whether the kernel can make veth pairs. */
  veth(): FeatureState;
}

/** Where `path` leads for a process whose root is `rootfs`. */
export function resolveInRoot(rootfs: string, path: string): Resolution {
  try {
    using resolver = new PathResolver(rootfs);
    return resolver.resolve(path);
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
    using resolver = new PathResolver(rootfs);
    const found = resolver.resolve(path);
    if (found.kind !== 'there' || !found.stats.isFile()) return undefined;
    return readStart(`/proc/self/fd/${resolver.fd}`, maxBytes);
  } catch {
    return undefined;
  }
}

export function probeRootfs(rootfs: string): RootfsProbe {
  return {
    resolve: (path) => resolveInRoot(rootfs, path),
    read: (path, maxBytes) => readInRoot(rootfs, path, maxBytes),
    list: (path) => listInRoot(rootfs, path),
    into: probeRootfs,
    readHost: (path) => orUndefined(() => readText(path).trim()),
    statHost: (path) => orUndefined(() => statSync(pathOf(path))),
    linkHost: (path) => orUndefined(() => linkOf(path)),
    veth: () =>
      observeHost(orUndefined(() => readText('/proc/sys/kernel/osrelease').trim()) ?? '').veth,
  };
}

function listInRoot(rootfs: string, path: string): readonly string[] {
  try {
    using resolver = new PathResolver(rootfs);
    return resolver.resolve(path).kind === 'there' ? namesIn(`/proc/self/fd/${resolver.fd}`) : [];
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

function orUndefined<T>(probe: () => T): T | undefined {
  try {
    return probe();
  } catch {
    return undefined;
  }
}
