// cgroups that every target is started in: the same processors and memory for all, and what was
// used, counted by the kernel.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { groupsBelow } from '../../harness/observe/cgroups.ts';
import { namesIfThere, textIfThere } from '../../harness/observe/if-there.ts';
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
  readonly #name: string;
  readonly #hierarchies = hierarchies();

  constructor(name: string, limits: GroupLimits) {
    this.#name = name;
    for (const hierarchy of this.#hierarchies) {
      const top = makeGroup(hierarchy, name);
      limit(top, hierarchy, limits);
      for (const inner of ['run', 'peers']) {
        const below = makeGroup(hierarchy, `${name}/${inner}`);
        if (hierarchy.version === 1 && hierarchy.controllers.includes('cpuset'))
          copyCpuset(top, below);
      }
    }
  }

  /** Files to write `0` to, in order to be in the group. */
  get entrances(): string[] {
    return this.#hierarchies.map(({ path, version }) =>
      join(path, this.#name, 'run', version === 1 ? 'tasks' : 'cgroup.procs'),
    );
  }

  /** For `--cgroup-parent` and the like. */
  get parent(): string {
    return `/${this.#name}/peers`;
  }

  /** From now on this much of the processors' time; undefined: all of it. */
  limitTime(quota: number | undefined): void {
    for (const { path, version, controllers } of this.#hierarchies)
      if (controllers.includes('cpu')) writeTime(join(path, this.#name), version, quota);
  }

  /** Ends everything in it and removes it. */
  async remove(): Promise<void> {
    for (const { path } of this.#hierarchies) await removeTree(join(path, this.#name));
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

function writeTime(path: string, version: 1 | 2, quota: number | undefined): void {
  const us = quota === undefined ? undefined : Math.round(quota * 100_000);
  if (version === 1) writeFileSync(join(path, 'cpu.cfs_quota_us'), `${us ?? -1}`);
  else writeFileSync(join(path, 'cpu.max'), `${us ?? 'max'} 100000`);
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
  for (const group of groupsBelow(path).reverse()) await removeOne(group);
}

async function removeOne(path: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return rmdirSync(path);
    } catch (error) {
      if (!existsSync(path)) return;
      if (tries === 100) throw error;
      // 0 is a process of another PID namespace, which has no number here.
      for (const pid of textIfThere(join(path, 'cgroup.procs')).split('\n'))
        if (pid !== '' && pid !== '0') tried(() => process.kill(Number(pid), 'SIGKILL'));
      await pause(20);
    }
  }
}

/** A v1 cpuset group without a set of its own lets no process in. */
function copyCpuset(from: string, to: string): void {
  for (const file of ['cpuset.mems', 'cpuset.cpus'])
    writeFileSync(join(to, file), readFileSync(join(from, file)));
  writeFileSync(join(to, 'cgroup.clone_children'), '1'); // also below, where a runtime makes groups
}

/** For groups that may be gone, and controllers that this kernel may lack. */
function tried(work: () => unknown): void {
  try {
    work();
  } catch {
    // See above.
  }
}
