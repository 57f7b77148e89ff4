// What containers could leave behind on the host, looked at before and after.
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseMountInfo } from '../../runtime/host/mountinfo.ts';

const PATIENCE_MS = 5000;

/** Mounts of this mount namespace, control groups, links and state directories, one line each. */
export function hostState(): ReadonlySet<string> {
  const mounts = parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  const groupRoots = mounts
    .filter(({ fstype }) => fstype.startsWith('cgroup'))
    .map(({ mountPoint }) => mountPoint);
  return new Set([
    ...mounts.map(({ mountPoint }) => `mount ${mountPoint}`),
    ...groupRoots.flatMap(directoriesBelow).map((path) => `cgroup ${path}`),
    ...entries('/sys/class/net').map(({ name }) => `link ${name}`),
    ...['/run', '/run/terrarium', '/run/terrarium-bench'].flatMap((path) =>
      entries(path).map(({ name }) => `state ${join(path, name)}`),
    ),
  ]);
}

/**
 * What is there now and was not before. The kernel removes network namespaces, and links with them,
 * a little later: waits for that.
 */
export async function leftSince(before: ReadonlySet<string>): Promise<string[]> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const left = [...hostState()].filter((line) => !before.has(line));
    if (left.length === 0 || performance.now() > deadline) return left;
    await pause(50);
  }
}

function directoriesBelow(path: string): string[] {
  const children = entries(path).filter((entry) => entry.isDirectory());
  return children
    .map(({ name }) => join(path, name))
    .flatMap((child) => [child, ...directoriesBelow(child)]);
}

/** Nothing for a directory that is not there, or that went while we looked. */
function entries(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}
