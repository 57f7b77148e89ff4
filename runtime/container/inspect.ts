// What a configuration names on this host, looked at before anything is made.
import { readdirSync, type Stats, statSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../errors.ts';

/** @throws ConfigError when it is no directory with something in it. */
export function requireRootfs(path: string): void {
  const wrong = (problem: string, hint: string) => new ConfigError([{ path: 'rootfs', value: path, problem, hint }]);
  let found: Stats | undefined;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error), 'give the directory of a root file system');
  }
  if (!found) throw wrong('does not exist', 'npm run rootfs builds one in fixtures/rootfs/out/default');
  if (!found.isDirectory()) throw wrong('is not a directory', 'unpack it first: give the directory that holds bin, etc, …');
  // Each subdirectory is a link to it, except where the file system does not count.
  if (found.nlink <= 2 && readdirSync(path).length === 0)
    throw wrong('is empty', 'it needs at least the program to run: npm run rootfs builds one in fixtures/rootfs/out/default');
}

/**
 * Joining a mount namespace means to exchange its root: that must not be the one that this host's programs live in.
 *
 * @throws ConfigError
 */
export function refuseHostsMounts({ namespaces }: Config): void {
  const path = namespaces.find(({ type }) => type === 'mount')?.path;
  if (path === undefined) return;
  const inode = inodeOf(path);
  if (inode === undefined || !['/proc/self/ns/mnt', '/proc/1/ns/mnt'].some((own) => inodeOf(own) === inode)) return;
  throw new ConfigError([
    {
      path: 'mountNs',
      value: `ns:${path}`,
      problem: "is the host's own mount namespace, whose root would be exchanged",
      hint: 'make one beforehand with `unshare --mount=FILE`, on a private mount point; or leave the option out',
    },
  ]);
}

/** Undefined for what cannot be looked at: joining it will say why. */
function inodeOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
