// cgroups that every target is started in: the same processors and memory for all, and what was
// used, counted by the kernel.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { groupsBelow, processesIn } from '../../harness/observe/cgroups.ts';
import { namesIfThere } from '../../harness/observe/if-there.ts';
import { cgroupMounts } from '../../harness/observe/mounts.ts';

const CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'pids'] as const;

export interface GroupLimits {
  /** Processors that it may run on: `0-3`. */
  readonly cpus: string;
  readonly memoryMiB?: number | undefined;
}

interface Hierarchy {
  readonly path: string;
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
}

/** v1's hierarchies with the controllers that matter here, else the unified one. */
export function hierarchies(): Hierarchy[] {
  const mounts = cgroupMounts();
  const v1 = mounts.flatMap(({ type, point: path }): Hierarchy[] => {
    const named = path.split('/').at(-1)?.split(',') ?? [];
    const controllers = CONTROLLERS.filter((name) => named.includes(name));
    return type === 'cgroup' && controllers.length > 0 ? [{ path, version: 1, controllers }] : [];
  });
  const unified = mounts.filter(({ type }) => type === 'cgroup2');
  return v1.length > 0
    ? v1
    : unified.map(({ point: path }) => ({ path, version: 2, controllers: CONTROLLERS }));
}

/**
 * One group in every hierarchy. What is started enters `run` below it; `peers` is a parent for the
 * groups that runtimes make.
 */
export class Group {
  /** Processors that it may run on. */
  readonly cpus: string;
  /** For `--cgroup-parent` and the like. */
  readonly parent: string;
  /** Files to write `0` to, in order to be in the group. */
  readonly entrances: readonly string[];
  readonly #tops: readonly (Hierarchy & { readonly top: string })[];

  constructor(name: string, limits: GroupLimits) {
    this.cpus = limits.cpus;
    this.parent = `/${name}/peers`;
    this.#tops = hierarchies().map((hierarchy) => ({
      ...{ ...hierarchy, top: makeGroup(hierarchy, name) },
    }));
    for (const hierarchy of this.#tops) {
      const { top, version, controllers } = hierarchy;
      limit(top, hierarchy, limits);
      for (const inner of ['run', 'peers']) {
        const below = makeGroup(hierarchy, `${name}/${inner}`);
        if (version === 1 && controllers.includes('cpuset')) copyCpuset(top, below);
      }
    }
    this.entrances = this.#tops.map(({ top, version }) =>
      join(top, 'run', version === 1 ? 'tasks' : 'cgroup.procs'),
    );
  }

  /** From now on this much of the processors' time; undefined: all of it. */
  limitTime(quota: number | undefined): void {
    const us = quota === undefined ? undefined : Math.round(quota * 100_000);
    for (const { top, version, controllers } of this.#tops) {
      if (!controllers.includes('cpu')) continue;
      if (version === 1) writeFileSync(join(top, 'cpu.cfs_quota_us'), `${us ?? -1}`);
      else writeFileSync(join(top, 'cpu.max'), `${us ?? 'max'} 100000`);
    }
  }

  /** Ends everything in it and removes it. */
  async remove(): Promise<void> {
    for (const { top } of this.#tops) await removeTree(top);
  }
}

function makeGroup({ path: root, version }: Hierarchy, name: string): string {
  const path = join(root, name);
  // A controller that this kernel lacks is not enabled; the limits that need it say so.
  if (version === 2)
    for (const controller of ['cpu', 'cpuset', 'memory', 'pids'])
      tried(() => writeFileSync(join(path, '../cgroup.subtree_control'), `+${controller}`));
  mkdirSync(path, { recursive: true });
  return path;
}

function limit(path: string, { version, controllers }: Hierarchy, limits: GroupLimits): void {
  const { cpus, memoryMiB } = limits;
  const set = (file: string, value: string) => writeFileSync(join(path, file), value);
  if (controllers.includes('cpuset')) {
    if (version === 1) set('cpuset.mems', readFileSync(join(path, '../cpuset.mems'), 'utf8'));
    set('cpuset.cpus', cpus);
  }
  if (memoryMiB !== undefined && controllers.includes('memory'))
    set(version === 1 ? 'memory.limit_in_bytes' : 'memory.max', `${memoryMiB * 1048576}`);
}

/** A v1 cpuset group without a set of its own lets no process in. */
function copyCpuset(from: string, to: string): void {
  for (const file of ['cpuset.mems', 'cpuset.cpus'])
    writeFileSync(join(to, file), readFileSync(join(from, file)));
  writeFileSync(join(to, 'cgroup.clone_children'), '1'); // also below, where a runtime makes groups
}

/** Kills and removes every group, of any hierarchy, whose name begins so. */
export async function removeGroups(prefix: string): Promise<void> {
  for (const root of new Set(cgroupMounts().map(({ point }) => point)))
    for (const name of namesIfThere(root))
      if (name.startsWith(prefix)) await removeTree(join(root, name));
}

/** Leaves what has a process in it, or below it. */
export function removeIfEmpty(path: string): void {
  for (const group of groupsBelow(path).reverse()) tried(() => rmdirSync(group));
}

async function removeTree(path: string): Promise<void> {
  for (let tries = 0; existsSync(path); tries++) {
    if (tries === 100) return rmdirSync(path); // throws its own error
    // 0 is a process of another PID namespace, which has no number here.
    for (const pid of groupsBelow(path).flatMap(processesIn).filter(Boolean))
      tried(() => process.kill(pid, 'SIGKILL'));
    removeIfEmpty(path);
    if (existsSync(path)) await pause(20);
  }
}

/** For groups that may be gone, and controllers that this kernel may lack. */
function tried(work: () => unknown): void {
  try {
    work();
  } catch {
    // See above.
  }
}
