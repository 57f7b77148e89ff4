// The writes of the v2 controllers: Documentation/admin-guide/cgroup-v2.rst. Pure.
import type { CgroupLayout } from '../host/facts.ts';
import { LEAF } from '../host/placement.ts';
import type { HostOp } from '../plan/operations.ts';
import { scopeName } from './directories.ts';
import {
  type CgroupFacts,
  DEFAULT_PERIOD_US,
  type Limits,
  normalised,
  type WriteOp,
  wholePages,
} from './limits.ts';

type V2 = Extract<CgroupLayout, { mode: 'v2' }>;

/** Those that every container's limits need, as far as they are there. */
const BASIC = ['memory', 'cpu', 'pids'];

/** Makes the place of a container's group, if there is anything to make. */
export function v2Place(id: string, layout: V2, cpuset: boolean, detach: boolean): HostOp[] {
  const { placement, controllers } = layout;
  const enable = BASIC.filter((name) => controllers.includes(name));
  const more: HostOp[] = [];
  if (placement?.kind === 'scope') {
    const name = detach ? scopeName(id) : placement.name;
    const path = `${placement.directory}/${name}`;
    if (cpuset && controllers.includes('cpuset')) more.push(enableIn(path, ['cpuset']));
    const undo = detach ? { undo: { kind: 'stopunit' as const, name, path } } : {};
    const { slice } = placement;
    return [
      { kind: 'scope', name, slice, path, leaf: `${path}/${LEAF}`, enable, ...undo },
      ...more,
    ];
  }
  if (placement?.leaf === undefined)
    return v2Enable(placement?.group ?? layout.root, layout, cpuset);
  const { group, leaf } = placement;
  if (cpuset && controllers.includes('cpuset')) more.push(enableIn(group, ['cpuset']));
  return [{ kind: 'leaf', group, leaf, enable }, ...more];
}

function enableIn(group: string, controllers: readonly string[]): WriteOp {
  return {
    kind: 'write',
    path: `${group}/cgroup.subtree_control`,
    value: controllers.map((name) => `+${name}`).join(' '),
  };
}

/**
 * Passes the controllers on to the group's children: those that limit or count, one write for those
 * that are not passed on yet. It stays so afterwards, as other groups may have come to need it.
 */
export function v2Enable(
  group: string,
  { controllers, enabled }: Pick<V2, 'controllers' | 'enabled'>,
  cpuset: boolean,
): WriteOp[] {
  const wanted = cpuset ? [...BASIC, 'cpuset'] : BASIC;
  const missing = wanted.filter((name) => controllers.includes(name) && !enabled.includes(name));
  return missing.length === 0 ? [] : [enableIn(group, missing)];
}

/**
 * In any order: on v2 no limit depends on another. `memory.oom.group` stays 0, so that a shell
 * outlives what it ran.
 */
export function v2Writes(
  path: string,
  resources: Limits,
  { cgroup, pageSizeBytes }: CgroupFacts,
): WriteOp[] {
  const {
    memoryLimitBytes,
    memorySwapBytes,
    cpuQuotaUs,
    cpuPeriodUs,
    cpuShares,
    cpusetCpus,
    cpusetMems,
    pidsLimit,
  } = resources;
  const writes: WriteOp[] = [];
  const set = (file: string, value: string, readBack: string = value) =>
    writes.push({ kind: 'write', path: `${path}/${file}`, value, readBack });

  if (memoryLimitBytes !== undefined) {
    set('memory.max', String(memoryLimitBytes), wholePages(memoryLimitBytes, pageSizeBytes));
    if (cgroup.mode === 'v2' && cgroup.swapAccounting && memorySwapBytes !== -1) {
      // Swap alone here, where v1 and OCI count memory and swap together.
      const swap = (memorySwapBytes ?? memoryLimitBytes) - memoryLimitBytes;
      set('memory.swap.max', String(swap), wholePages(swap, pageSizeBytes));
    }
  }
  if (cpuQuotaUs !== undefined || cpuPeriodUs !== undefined)
    set('cpu.max', `${cpuQuotaUs ?? 'max'} ${cpuPeriodUs ?? DEFAULT_PERIOD_US}`);
  if (cpuShares !== undefined) set('cpu.weight', String(sharesToWeight(cpuShares)));
  if (pidsLimit !== undefined) set('pids.max', String(pidsLimit));
  if (cpusetCpus !== undefined) set('cpuset.cpus', normalised(cpusetCpus));
  if (cpusetMems !== undefined) set('cpuset.mems', normalised(cpusetMems));
  return writes;
}

/**
 * v1 shares (2 to 262144, usually 1024) to a v2 weight (1 to 10000, usually 100): ⌈10^((l² + 125 l)
 * / 612 − 7/34)⌉ with l = log₂ shares. The curve through both ends and both defaults, as crun 1.23
 * and runc 1.3.2 have it; the linear one before gave a container of 1024 shares 39 % of what
 * each group beside it has (opencontainers/runc#4772).
 */
export function sharesToWeight(shares: number): number {
  if (shares <= 2) return 1;
  if (shares >= 262_144) return 10_000;
  const l = Math.log2(shares);
  return Math.ceil(10 ** ((l * l + 125 * l) / 612 - 7 / 34));
}
