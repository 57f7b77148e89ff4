// Which cgroup hierarchies are mounted where, from the mount table: cgroups(7), "Cgroups
// version 1 and 2".
import type { CgroupLayout, Controller } from './facts.ts';
import { type MountEntry, reachability } from './mountinfo.ts';

const CONTROLLERS: readonly Controller[] = [
  'memory',
  'cpu',
  'cpuacct',
  'cpuset',
  'pids',
  'devices',
  'freezer',
  'blkio',
];
/**
 * A host whose v1 mounts carry none of these (net_cls beside a v2 tree, say) has its limits on v2.
 */
const DECISIVE: readonly Controller[] = ['memory', 'cpu', 'pids'];

/**
 * What has to be looked up beyond the mount table; each is called at most once, and only for the
 * layout it concerns.
 */
export interface CgroupFiles {
  /** Text of a file, or undefined when there is none. */
  readonly read: (path: string) => string | undefined;
  readonly exists: (path: string) => boolean;
}

/** What is asked of the usual place, before the mount table is read. */
export interface CgroupPlace extends CgroupFiles {
  /** statfs(2), f_type; undefined when there is no such path. */
  readonly fileSystem: (path: string) => number | undefined;
  /** access(2), W_OK: false on a read-only mount. */
  readonly writable: (path: string) => boolean;
}

const USUAL_PLACE = '/sys/fs/cgroup';
/** linux/magic.h */
const CGROUP_SUPER_MAGIC = 0x27e0eb;
const CGROUP2_SUPER_MAGIC = 0x63677270;

/**
 * The layout of most machines without the mount table, which the kernel writes out anew each time
 * (a microsecond a mount): every hierarchy at its usual place, writable. A path walk never ends at
 * a hidden mount. Undefined for any other machine: the table says what it is.
 */
export function usualLayout(place: CgroupPlace): CgroupLayout | undefined {
  return place.fileSystem(USUAL_PLACE) === CGROUP2_SUPER_MAGIC ? usualV2(place) : usualV1(place);
}

/** Controllers that a v2 tree has are in no v1 hierarchy. */
function usualV2(place: CgroupPlace): CgroupLayout | undefined {
  if (!place.writable(`${USUAL_PLACE}/cgroup.subtree_control`)) return undefined;
  const layout = v2Layout(USUAL_PLACE, place);
  return DECISIVE.every((name) => layout.controllers.includes(name)) ? layout : undefined;
}

/** A directory for each hierarchy, named by its controllers as /proc/PID/cgroup has them. */
function usualV1(place: CgroupPlace): CgroupLayout | undefined {
  const hierarchies: Partial<Record<Controller, string>> = {};
  for (const line of (place.read('/proc/self/cgroup') ?? '').split('\n')) {
    const names = line.split(':')[1] ?? '';
    const all = names.split(',');
    const controllers = CONTROLLERS.filter((name) => all.includes(name));
    if (controllers.length === 0) continue;
    const path = `${USUAL_PLACE}/${names}`;
    if (place.fileSystem(path) !== CGROUP_SUPER_MAGIC) return undefined;
    if (!place.writable(`${path}/tasks`)) return undefined;
    for (const controller of controllers) hierarchies[controller] = path;
  }
  if (!DECISIVE.every((controller) => hierarchies[controller] !== undefined)) return undefined;
  const unified = `${USUAL_PLACE}/unified`;
  if (place.fileSystem(unified) !== CGROUP2_SUPER_MAGIC) return undefined;
  const swapAccounting = place.exists(`${hierarchies.memory}/memory.memsw.limit_in_bytes`);
  return { mode: 'hybrid', hierarchies, unified, swapAccounting };
}

/** `ip netns exec` mounts /sys anew, without what was mounted below it. */
export const NOT_MOUNTED =
  'no cgroup file system is mounted (`ip netns exec` hides them, `--network ns:PATH` does not)';

/** The layout. Pure but for `files`. */
export function cgroupLayout(mounts: readonly MountEntry[], files: CgroupFiles): CgroupLayout {
  const isReachable = reachability(mounts);
  const reachable = outermost(
    mounts.filter((m) => (m.fstype === 'cgroup' || m.fstype === 'cgroup2') && isReachable(m)),
  );
  if (reachable.length === 0) return { mode: 'none', reason: NOT_MOUNTED };
  const writable = reachable.filter(
    (m) => !m.options.includes('ro') && !m.superOptions.includes('ro'),
  );
  const [firstReadOnly] = reachable;
  if (writable.length === 0 && firstReadOnly)
    return {
      mode: 'none',
      reason: `cgroups are mounted read-only at ${firstReadOnly.mountPoint}, as ProtectControlGroups= of a service, or a container, has them`,
    };

  const hierarchies = v1Hierarchies(writable);
  const unified = preferred(writable.filter((m) => m.fstype === 'cgroup2'))?.mountPoint;
  if (DECISIVE.some((controller) => hierarchies[controller] !== undefined)) {
    const swapAccounting =
      hierarchies.memory !== undefined &&
      files.exists(`${hierarchies.memory}/memory.memsw.limit_in_bytes`);
    return unified === undefined
      ? { mode: 'v1', hierarchies, swapAccounting }
      : { mode: 'hybrid', hierarchies, unified, swapAccounting };
  }
  return unified === undefined
    ? { mode: 'none', reason: 'no memory, cpu or pids controller is mounted writable' }
    : v2Layout(unified, files);
}

/**
 * Without those below another mount of the same type: systemd binds single files there (a
 * service's memory.pressure), and whatever else is there is a part of what the outer one shows.
 */
function outermost(mounts: readonly MountEntry[]): MountEntry[] {
  const below = (inner: MountEntry, outer: MountEntry) =>
    inner.fstype === outer.fstype && inner.mountPoint.startsWith(`${outer.mountPoint}/`);
  return mounts.filter((one) => !mounts.some((other) => below(one, other)));
}

function v1Hierarchies(mounts: readonly MountEntry[]): Partial<Record<Controller, string>> {
  const hierarchies: Partial<Record<Controller, string>> = {};
  for (const controller of CONTROLLERS) {
    const mount = preferred(
      mounts.filter((m) => m.fstype === 'cgroup' && m.superOptions.includes(controller)),
    );
    if (mount) hierarchies[controller] = mount.mountPoint;
  }
  return hierarchies;
}

/**
 * One hierarchy may be mounted several times (a container's root file system has its own): the
 * conventional place wins.
 */
function preferred(mounts: readonly MountEntry[]): MountEntry | undefined {
  return (
    mounts.find(
      (m) => m.mountPoint === '/sys/fs/cgroup' || m.mountPoint.startsWith('/sys/fs/cgroup/'),
    ) ?? mounts[0]
  );
}

function v2Layout(root: string, files: CgroupFiles): Extract<CgroupLayout, { mode: 'v2' }> {
  const words = (name: string) =>
    (files.read(`${root}/${name}`) ?? '').split(/\s+/).filter(Boolean);
  // A /proc with processes alone (subset=pid, as ProcSubset= of systemd.exec(5) mounts it) says
  // nothing about the kernel. Then it is taken to have both: a start fails rather than lacks them.
  const there = (path: string) => files.exists(path) || !files.exists('/proc/sys/kernel');
  // The root group has no memory.swap.max to look for; the file exists below whenever the kernel
  // has swap and accounts it.
  const swapAccounting =
    there('/proc/swaps') && !/\bswapaccount=0\b/.test(files.read('/proc/cmdline') ?? '');
  // There wherever bpf(2) is; asking the kernel to load something to find out is left to the first
  // start.
  const devicePrograms = there('/proc/sys/kernel/unprivileged_bpf_disabled');
  return {
    mode: 'v2',
    root,
    controllers: words('cgroup.controllers'),
    enabled: words('cgroup.subtree_control'),
    swapAccounting,
    ...(devicePrograms ? { devicePrograms } : {}),
  };
}
