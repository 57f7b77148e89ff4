// What a cgroup controller is to the rest of the runtime: one object of this shape in a file of its
// own. Pure but for reading its files.
import type { Resources } from '../../config/config.ts';
import type { CgroupLayout, Controller, HostFacts } from '../../host/facts.ts';
import type { HostOp } from '../../plan/operations.ts';

/** What planning depends on; a whole HostFacts will do. */
export type CgroupFacts = Pick<
  HostFacts,
  'cgroup' | 'kernel' | 'pageSizeBytes' | 'swapTotalBytes' | 'cpuList' | 'memoryNodes'
>;

/** What can be changed while the container runs: everything but the device rules. */
export type Limits = Omit<Resources, 'devices'>;

export type WriteOp = Extract<HostOp, { kind: 'write' }>;

/** `undo`: what takes it back; else that is the present text of its file. */
export type ChangeOp = WriteOp & { readonly undo?: string };

/** The present text of a cgroup file, undefined when it is not there. */
export type ReadFile = (path: string) => string | undefined;

/** `LIMIT cannot be enforced: REASON`, and what may be done. */
export interface Refusal {
  readonly limit: string;
  readonly reason: string;
  readonly hint: string;
}

/** New limits for a container that runs. */
export interface Change {
  /** The directory of the limits' files. */
  readonly group: string;
  /** What is given changes, the rest stays. */
  readonly limits: Limits;
  readonly host: CgroupFacts;
  readonly read: ReadFile;
}

/** The groups of a container, to be read. */
export interface Groups {
  readonly version: 1 | 2;
  /** The one in a v1 hierarchy; on v2 the same for all. Undefined where it has none. */
  at(hierarchy: Controller): string | undefined;
  readonly read: ReadFile;
}

/** A step that the kernel refused, and what can be looked at to say why. */
export interface FailedStep {
  /** A limit of a new group, one of `update`, the device program, or joining the group. */
  readonly step: 'limit' | 'update' | 'program' | 'join';
  /** Of errno(3): `EBUSY`. */
  readonly code: string;
  readonly group: string;
  /** The file in it, and what was written there. */
  readonly file: string;
  readonly value: string;
  readonly host: Pick<HostFacts, 'kernel' | 'cpuList' | 'memoryNodes'>;
  readonly read: ReadFile;
  /** Whether the runtime is root with this capability. */
  may(capability: string): boolean;
  /** Why it may not do what takes this capability; undefined when nothing is in the way. */
  whyDenied(capability: string): string | undefined;
}

/** How amounts are written for a reader. */
export interface Show {
  bytes(bytes: number): string;
  nanoseconds(ns: number): string;
}

/** One line of `terrarium stats`. */
export type Row = readonly [name: string, value: string | number | undefined];

export interface CgroupController {
  /** As `cgroup.controllers` of v2 has it; the first word of its v2 files. */
  readonly name: string;
  /** The v1 hierarchies that its files are in. The limits are in the first one. */
  readonly hierarchies: readonly [Controller, ...Controller[]];
  /**
   * Joined, and on v2 passed on, only for a container that is started with such a limit: with this
   * option.
   */
  readonly onRequest?: string;
  /** The files of its v2 limits, and the option that sets each: `--memory` for memory.max. */
  readonly options: Readonly<Record<string, string>>;
  /** What cannot be shown on a host without a hierarchy, or without the controller of v2. */
  readonly without: Partial<Readonly<Record<Controller, string>>>;
  /** What these limits ask of it, such as `the memory limit`; undefined for nothing. */
  asks(limits: Limits): string | undefined;
  /** One of them that the controller has not on this layout, or not on this host. */
  refuse?(limits: Limits, layout: CgroupLayout): Refusal | undefined;
  /** Writes for a v1 group that was just made: its limits are all off. */
  v1(group: string, resources: Resources, host: CgroupFacts): WriteOp[];
  /** The same for a v2 group. */
  v2(group: string, resources: Resources, host: CgroupFacts): HostOp[];
  /**
   * Properties of systemd.resource-control(5) for limits that are shares: a container's scope has
   * them, too, as the groups beside it are other scopes.
   */
  weights?(limits: Limits): Readonly<Record<string, number>>;
  /** Writes that change a running container's group, in the only order that the kernel takes. */
  update(change: Change): ChangeOp[];
  /** What may help after a step that failed; undefined when it is none of its own failures. */
  hint?(failed: FailedStep): string | undefined;
  /** What the host does only in part of what is asked for. */
  warnings?(resources: Resources, host: CgroupFacts): string[];
}

/** One that counts, too. */
export interface MeasuringController<Stats> extends CgroupController {
  /** Reads the counters now; undefined where the host has no such controller. */
  stats(groups: Groups): Stats | undefined;
  rows(stats: Stats | undefined, show: Show): Row[];
}

/** The group above. */
export function above(group: string): string {
  return group.slice(0, group.lastIndexOf('/')) || '/';
}

/** A limit that the kernel must say back: as it was written, unless it rounds. */
export function limit(path: string, value: string | number, readBack = String(value)): WriteOp {
  return { kind: 'write', path, value: String(value), readBack };
}
