// What a run makes outside of its namespaces: cgroups and one directory. Taken back at its end, or
// by the next run if it was killed.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { namesIfThere, textIfThere } from '../../harness/observe/if-there.ts';
import { mountsOf } from '../../harness/observe/mounts.ts';
import { allPids, eventually } from '../../harness/observe/process.ts';
import { hostState, leftSince } from '../measures/left-behind.ts';
import { removeGroups, removeIfEmpty } from '../targets/groups.ts';

/** Begins the names of directories, and of the C baseline's cgroups. */
const NAME = 'terrarium-bench-';
const OWNER = 'owner.json';
/** What peers make beside what they are asked for, empty when they are gone. */
const OF_PEERS = /libpod|lxc|docker|machine|nspawn|payload|pivot/;

const Owner = v.object({
  prefix: v.pipe(v.string(), v.regex(/^tb\d+$/)),
  before: v.array(v.string()),
});

/** One run's directory, and how the machine looked before. */
export interface Premises {
  readonly scratch: string;
  /** Begins the name of every cgroup and container. */
  readonly prefix: string;
  readonly before: ReadonlySet<string>;
}

/** Leaves the owner's name in the directory, so that the next run can take back what is left. */
export function moveIn(): Premises {
  const scratch = mkdtempSync(join(tmpdir(), NAME));
  const prefix = `tb${process.pid}`;
  const before = hostState();
  writeFileSync(join(scratch, OWNER), JSON.stringify({ prefix, before: [...before] }));
  return { scratch, prefix, before };
}

/**
 * Processes, mounts and links went with their namespaces. Resolves with what is of ours or of the
 * peers', is new, and stays.
 */
export async function moveOut({ scratch, prefix, before }: Premises): Promise<string[]> {
  await removeGroups(`${prefix}-`);
  await removeGroups(`terrarium-${prefix}-`);
  const ours = (line: string) => line.includes(prefix) || OF_PEERS.test(line);
  const others = [...hostState()].filter((line) => !ours(line));
  for (const line of await leftSince(new Set([...before, ...others]))) {
    const path = /^cgroup (.*)$/.exec(line)?.[1];
    if (path !== undefined) removeIfEmpty(path);
  }
  removeDirectory(scratch);
  return [...hostState()].filter((line) => !before.has(line) && ours(line));
}

/**
 * Ends the processes of killed runs and removes what they left: the caller holds the lock, so no
 * other run is active. Resolves with the number of runs.
 */
export async function sweep(repository: string): Promise<number> {
  const names = namesIfThere(tmpdir()).filter((name) => name.startsWith(NAME));
  for (const scratch of names.map((name) => join(tmpdir(), name))) {
    await endInside(scratch);
    const text = textIfThere(join(scratch, OWNER)) || 'null'; // none: killed before it began
    const { success, output } = v.safeParse(Owner, JSON.parse(text));
    if (success) await moveOut({ scratch, ...output, before: new Set(output.before) });
    else removeDirectory(scratch);
  }
  if (names.length === 0) return 0;
  execFileSync(join(repository, 'bin/terrarium'), ['gc'], { stdio: 'ignore' });
  await removeGroups(NAME);
  return names.length;
}

/** unshare(1) ends its namespaces when it ends. Its command names the directory. */
async function endInside(scratch: string): Promise<void> {
  const isInside = (pid: number) => textIfThere(`/proc/${pid}/cmdline`).includes(`${scratch}/job-`);
  await eventually(`the processes of ${scratch} end`, () => {
    const alive = allPids().filter(isInside);
    if (alive.length > 0) spawnSync('kill', ['-KILL', ...alive.map(String)], { stdio: 'ignore' });
    return alive.length === 0;
  });
}

/** Never through a mount, which is not the run's: its own were in its namespace. */
function removeDirectory(path: string): void {
  const below = mountsOf('self').find(({ point }) => point.startsWith(`${path}/`));
  if (below !== undefined)
    throw new Error(`${below.point} is mounted: unmount it and remove ${path}`);
  rmSync(path, { recursive: true, force: true });
}
