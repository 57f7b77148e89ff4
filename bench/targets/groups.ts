// Control groups that every target is started in: the same processors and memory for all, and what
// was used, counted by the kernel.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseMountInfo } from '../../runtime/host/mountinfo.ts';

const SIGKILL = 9;
const CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'pids'] as const;

export interface GroupLimits {
  /** Processors it may run on: `0-3`. */
  readonly cpus: string;
  readonly memoryMiB?: number | undefined;
  /** Processors' worth of time. */
  readonly quota?: number | undefined;
}

interface Hierarchy {
  readonly path: string;
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
}

/**
 * Where control groups are mounted, with the controllers that matter here: v1's hierarchies, else
 * the unified one.
 */
export function hierarchies(
  mountInfo: string = readFileSync('/proc/self/mountinfo', 'utf8'),
): Hierarchy[] {
  const mounts = parseMountInfo(mountInfo);
  const old = mounts.flatMap(({ fstype, mountPoint }): Hierarchy[] => {
    const named = mountPoint.split('/').at(-1)?.split(',') ?? [];
    const controllers = CONTROLLERS.filter((name) => named.includes(name));
    return fstype === 'cgroup' && controllers.length > 0
      ? [{ path: mountPoint, version: 1, controllers }]
      : [];
  });
  if (old.length > 0) return old;
  return mounts.flatMap(({ fstype, mountPoint }): Hierarchy[] =>
    fstype === 'cgroup2' ? [{ path: mountPoint, version: 2, controllers: CONTROLLERS }] : [],
  );
}

/**
 * One group in every hierarchy. `run` below it is entered by what is started, `peers` is a parent
 * for the groups that runtimes make.
 */
export class Group {
  readonly name: string;
  readonly #hierarchies: readonly Hierarchy[];

  constructor(name: string, limits: GroupLimits) {
    this.name = name;
    this.#hierarchies = hierarchies();
    for (const { path, version, controllers } of this.#hierarchies) {
      this.#make(path, version, name);
      this.#limit(join(path, name), version, controllers, limits);
      for (const inner of ['run', 'peers']) {
        this.#make(path, version, `${name}/${inner}`);
        if (version === 1 && controllers.includes('cpuset'))
          copyCpuset(join(path, name), join(path, name, inner));
      }
    }
  }

  /** Files to write `0` to, in order to be in the group. */
  get entrances(): string[] {
    return this.#hierarchies.map(({ path, version }) =>
      join(path, this.name, 'run', version === 1 ? 'tasks' : 'cgroup.procs'),
    );
  }

  /** For `--cgroup-parent` and the like. */
  get parent(): string {
    return `/${this.name}/peers`;
  }

  /** From now on this much of the processors' time; undefined: all of it. */
  limitTime(quota: number | undefined): void {
    for (const { path, version, controllers } of this.#hierarchies)
      if (controllers.includes('cpu')) writeTime(join(path, this.name), version, quota);
  }

  /** Ends everything in it and removes it. */
  async remove(): Promise<void> {
    for (const { path } of this.#hierarchies) await removeTree(join(path, this.name));
  }

  #make(root: string, version: 1 | 2, name: string): void {
    const path = join(root, name);
    if (version === 2) {
      const parent = join(path, '..');
      for (const controller of ['cpu', 'cpuset', 'memory', 'pids'])
        ignoreRefusal(join(parent, 'cgroup.subtree_control'), `+${controller}`);
    }
    mkdirSync(path, { recursive: true });
  }

  #limit(
    path: string,
    version: 1 | 2,
    controllers: readonly string[],
    { cpus, memoryMiB, quota }: GroupLimits,
  ): void {
    const set = (file: string, value: string) => writeFileSync(join(path, file), value);
    if (controllers.includes('cpuset')) {
      if (version === 1) set('cpuset.mems', readFileSync(join(path, '../cpuset.mems'), 'utf8'));
      set('cpuset.cpus', cpus);
    }
    if (memoryMiB !== undefined && controllers.includes('memory'))
      set(version === 1 ? 'memory.limit_in_bytes' : 'memory.max', `${memoryMiB * 1048576}`);
    if (quota !== undefined && controllers.includes('cpu')) writeTime(path, version, quota);
  }
}

function writeTime(path: string, version: 1 | 2, quota: number | undefined): void {
  const us = quota === undefined ? undefined : Math.round(quota * 100_000);
  if (version === 1) writeFileSync(join(path, 'cpu.cfs_quota_us'), `${us ?? -1}`);
  else writeFileSync(join(path, 'cpu.max'), `${us ?? 'max'} 100000`);
}

/** Every group of any hierarchy whose name begins so: killed and removed. */
export async function removeGroups(prefix: string): Promise<void> {
  const roots = new Set(
    parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'))
      .filter(({ fstype }) => fstype.startsWith('cgroup'))
      .map(({ mountPoint }) => mountPoint),
  );
  for (const root of roots)
    for (const name of readdirSync(root))
      if (name.startsWith(prefix)) await removeTree(join(root, name));
}

/** What has a process in it, or below it, is somebody's and stays. */
export function removeIfEmpty(path: string): void {
  if (!existsSync(path)) return;
  try {
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) removeIfEmpty(join(path, entry.name));
    rmdirSync(path);
  } catch {
    // Busy, or gone.
  }
}

async function removeTree(path: string): Promise<void> {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) await removeTree(join(path, entry.name));
  for (let tries = 0; ; tries++) {
    try {
      rmdirSync(path);
      return;
    } catch (error) {
      if (!existsSync(path)) return;
      if (tries === 100) throw error;
      killAll(join(path, 'cgroup.procs'));
      await pause(20);
    }
  }
}

function killAll(file: string): void {
  for (const pid of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    // 0 is a process of another PID namespace, which we cannot name.
    if (pid === '0') continue;
    try {
      process.kill(Number(pid), SIGKILL);
    } catch {
      // It has ended by itself.
    }
  }
}

/** Without a set of its own a v1 cpuset group lets nobody in. */
function copyCpuset(from: string, to: string): void {
  for (const file of ['cpuset.mems', 'cpuset.cpus'])
    writeFileSync(join(to, file), readFileSync(join(from, file)));
  writeFileSync(join(to, 'cgroup.clone_children'), '1'); // groups that a runtime makes below are not empty either
}

/** A controller that this kernel does not have is not enabled. */
function ignoreRefusal(file: string, value: string): void {
  try {
    writeFileSync(file, value);
  } catch {
    // The limits that need it say so when they are written.
  }
}
