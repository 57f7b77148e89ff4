// What a run makes outside of its namespaces: control groups and one directory. Taken back at its
// end, or by the next run if it was killed.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import { parseMountInfo } from '../../runtime/host/mountinfo.ts';
import { hostState, leftSince } from '../measures/leftovers.ts';
import { removeGroups, removeIfEmpty } from '../targets/groups.ts';

const NAME = 'terrarium-bench-';
const OWNER = 'owner.json';
/** What peers make beside what they are asked for, empty when they are gone. */
const OF_PEERS = /libpod|lxc|docker|machine|nspawn|payload|pivot/;
/** What `lifecycle` and its peers are called. */
const OF_LIFECYCLE = 'terrarium-bench-';

const Owner = v.object({ prefix: v.string(), before: v.array(v.string()) });

/** One run's directory, and how the machine looked before. */
export interface Premises {
  readonly scratch: string;
  /** Begins the name of every control group and container. */
  readonly prefix: string;
  readonly before: ReadonlySet<string>;
}

/**
 * Says in the directory who it belongs to, so that the next run can take back what this one could
 * not.
 */
export function moveIn(): Premises {
  const scratch = mkdtempSync(join(tmpdir(), NAME));
  const prefix = `tb${process.pid}`;
  const before = hostState();
  writeFileSync(join(scratch, OWNER), JSON.stringify({ prefix, before: [...before] }));
  return { scratch, prefix, before };
}

/**
 * Processes, mounts and links went with their namespaces. Resolves with what is there of ours or
 * the peers', was not before, and stays.
 */
export async function moveOut({ scratch, prefix, before }: Premises): Promise<string[]> {
  await removeGroups(`${prefix}-`);
  await removeGroups(`terrarium-${prefix}-`);
  const ours = (line: string) => line.includes(prefix) || OF_PEERS.test(line);
  const theirs = [...hostState()].filter((line) => !ours(line));
  for (const line of await leftSince(new Set([...before, ...theirs]))) {
    const path = /^cgroup (.*)$/.exec(line)?.[1];
    if (path !== undefined) removeIfEmpty(path);
  }
  removeDirectory(scratch);
  return [...hostState()].filter((line) => !before.has(line) && ours(line));
}

/**
 * Ends the processes of killed runs and removes what they left. The caller holds the lock, so no
 * other run is active. Resolves with the number of runs.
 */
export async function sweep(repository: string): Promise<number> {
  const stale = readdirSync(tmpdir())
    .filter((name) => name.startsWith(NAME))
    .map((name) => join(tmpdir(), name));
  for (const scratch of stale) {
    await endInside(scratch);
    const owner = ownerOf(scratch);
    if (owner === undefined) removeDirectory(scratch);
    else await moveOut({ scratch, prefix: owner.prefix, before: new Set(owner.before) });
  }
  if (stale.length === 0) return 0;
  execFileSync(join(repository, 'bin/terrarium'), ['gc'], { stdio: 'ignore' });
  await removeGroups(OF_LIFECYCLE);
  return stale.length;
}

function ownerOf(scratch: string): { prefix: string; before: string[] } | undefined {
  const file = join(scratch, OWNER);
  if (!existsSync(file)) return undefined; // killed before it began, or a life cycle's
  const result = v.safeParse(Owner, JSON.parse(readFileSync(file, 'utf8')));
  return result.success && /^tb\d+$/.test(result.output.prefix) ? result.output : undefined;
}

/**
 * unshare(1) ends its namespaces when it ends. It is found by its command, which names the
 * directory.
 */
async function endInside(scratch: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const alive = readdirSync('/proc').filter(
      (pid) => /^\d+$/.test(pid) && commandOf(pid).includes(`${scratch}/job.json`),
    );
    if (alive.length === 0) return;
    for (const pid of alive) kill(Number(pid));
    await pause(50);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Never through a mount: what is mounted below was not put there by the run, whose mounts were its
 * own.
 */
function removeDirectory(path: string): void {
  const mounts = parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  const below = mounts.find(({ mountPoint }) => mountPoint.startsWith(`${path}/`));
  if (below !== undefined)
    throw new Error(`${below.mountPoint} is mounted: unmount it and remove ${path}`);
  rmSync(path, { recursive: true, force: true });
}
