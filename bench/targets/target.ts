// A target of the comparison: a place that the workload can run in, and how it is asked to.

import type { GuestKernel } from '../programs/guest.ts';
import type { Starter } from '../programs/starter.ts';
import type { Group } from './groups.ts';

/**
 * `control`: the host itself, in some disguise, to compare with. `paravirtual`: a kernel of its
 * own, but no machine.
 */
export type Family = 'bare' | 'control' | 'container' | 'sandbox' | 'paravirtual' | 'vm';

export type MeasureName = 'startup' | 'memory' | 'many' | 'throughput' | 'processor' | 'limits';

/** One start of the workload. */
export interface Asked {
  /** Unique, letters, digits and hyphens. */
  readonly id: string;
  /** Absolute path inside the root, and arguments without commas or spaces. */
  readonly argv: readonly string[];
  readonly memoryMiB: number;
  /** Processors it may run on: `0-3`. */
  readonly cpus: string;
  /** Processors' worth of time, where less than all of them. */
  readonly quota?: number | undefined;
  /** With the prepared link to the client; without: no network but a loopback. */
  readonly linked: boolean;
  /** Left running: where a command can end and leave its container, it does. */
  readonly detached?: boolean;
  readonly group: Group;
}

/** What the starter is to execute. */
export interface Way {
  readonly argv: readonly string[];
  readonly network?: string | undefined;
  readonly mounts?: string | undefined;
  readonly root?: string | undefined;
  /** The command ends when the container runs, and says nothing of the workload's. */
  readonly leaves?: boolean;
  /**
   * Command that ends it for good, with everything that it left. Without one SIGTERM to the process
   * does.
   */
  readonly stop?: readonly string[] | undefined;
}

/** What places need to know of a run. Everything is inside the namespaces of the benchmark. */
export interface World {
  readonly repository: string;
  /** The root filesystem that all share. */
  readonly root: string;
  /** The same as an ext4 image, for machines. */
  readonly image: string;
  /** Directory that is removed at the end. */
  readonly scratch: string;
  readonly starter: Starter;
  /** Begins the name of everything that is made: containers, groups. */
  readonly prefix: string;
  readonly kernel: GuestKernel | undefined;
  /**
   * Path of the network namespace that has the prepared link's far end, and addresses of servers in
   * it, in a guest and on the host.
   */
  readonly link: Link;
  readonly signal: AbortSignal;
}

export interface Link {
  readonly namespace: string;
  readonly container: string;
  readonly tap: string;
  readonly guest: string;
}

export interface Opened {
  /** What every figure of it has to be read with, such as emulation. */
  readonly remark?: string | undefined;
  readonly emulated?: boolean;
  /** Where its server is found when `linked`. */
  readonly address: string;
  /** Files to drop from the page cache for a cold start. */
  readonly files: readonly string[];
  way(asked: Asked): Way;
  /** In process, instead of by a command: resolves when the workload spoke. */
  readonly inProcess?: InProcess | undefined;
  close(): Promise<void>;
}

export interface Timed {
  readonly name: string;
  readonly ms: number;
}

export interface InProcess {
  /**
   * Nanoseconds from the request to the first line, when each phase of the plan was done, what each
   * kind of operation took, how to end it.
   */
  start(asked: Asked): Promise<{
    readonly lineNs: number;
    readonly steps: readonly Timed[];
    readonly operations: readonly Timed[];
    /** Resolves when the running program answered a signal. */
    ask(): Promise<void>;
    end(): Promise<void>;
  }>;
}

export interface Place {
  readonly name: string;
  readonly title: string;
  readonly family: Family;
  /** What it has and lacks beside the others, in a few words. */
  readonly note: string;
  /** Program that it is, and Debian's package of it. */
  readonly program?: string | undefined;
  readonly package?: string | undefined;
  readonly measures: readonly MeasureName[];
  /** Seconds until its first line may be waited for; a peer that hangs is given up then. */
  readonly patienceS: number;
  /** Rough seconds of one start, to tell the time left before anything was measured. */
  readonly guessS: number;
  /** Limits that it cannot set itself, so that the group it is started in does. */
  readonly limitedByGroup: readonly ('memory' | 'cpu')[];
  /** Whether starts cost so much that a tenth of them has to do. */
  readonly dear?: boolean;
  /** Whether it cannot be given the prepared link, so that nobody can ask its server. */
  readonly unlinked?: boolean;
  /** Throws an Error with the reason when it cannot run here. */
  open(world: World): Promise<Opened>;
}

export const ALL_MEASURES: readonly MeasureName[] = [
  'startup',
  'memory',
  'many',
  'throughput',
  'processor',
  'limits',
];
