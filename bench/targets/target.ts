// A target: something that the workload can run in, and how it is asked to.
import type { Series } from '../programs/baseline.ts';
import type { GuestKernel } from '../programs/guest.ts';
import type { Starter } from '../programs/starter.ts';
import { words } from '../programs/words.ts';
import type { Family, MeasureName, VERBS } from '../samples/records.ts';
import type { Group } from './groups.ts';

/** One start of the workload. */
export interface Request {
  /** Unique, letters, digits and hyphens. */
  readonly id: string;
  /** Absolute path inside the root, and arguments without commas or spaces. */
  readonly argv: readonly string[];
  readonly memoryMiB: number;
  /** Processors that it may run on: `0-3`. Without: all. */
  readonly cpus?: string | undefined;
  /** Processors' worth of time, where less than all of them. */
  readonly quota?: number | undefined;
  /** With the prepared link to the client; without: no network but a loopback. */
  readonly linked: boolean;
  /** Left running: a command that can end and leave its container does. */
  readonly detached?: boolean | undefined;
  /** Its cgroups are made below this one; without: below the root. */
  readonly group?: Group | undefined;
}

/** What the starter executes. */
export interface Command {
  readonly argv: readonly string[];
  /** Path of a namespace to join. */
  readonly network?: string | undefined;
  readonly root?: string | undefined;
  /** The command ends when the container runs, and does not print the workload's output. */
  readonly leaves?: boolean;
  /** Ends it with everything that it left. Without one SIGTERM to the process does. */
  readonly stop?: readonly string[];
}

export interface Link {
  /** Path of the network namespace at the link's far end. */
  readonly namespace: string;
  /** Addresses of a server in it, and in a guest. */
  readonly container: string;
  readonly guest: string;
  readonly tap: string;
}

/** What targets need to know of a run. All of it is inside the namespaces of the benchmark. */
export interface Context {
  readonly repository: string;
  /** The root file system that all share, and the same as an ext4 image, for machines. */
  readonly root: string;
  readonly image: string;
  /** Directory that is removed at the end. */
  readonly scratch: string;
  readonly starter: Starter;
  /** The compiled C baseline, which also times commands. */
  readonly baseline: string;
  /** Begins the name of everything that is made: containers, groups. */
  readonly prefix: string;
  /** Of guests; a text says why there is none. */
  readonly kernel: GuestKernel | string;
  /** Paths of copies from a newer suite, and as `NAME why` the reason for no path. */
  readonly newest: Readonly<Record<string, string>>;
  readonly link: Link;
  readonly signal: AbortSignal;
}

/** Starts at once, wherever several are measured. */
export const LANES = 8;

/**
 * How life cycles follow each other: back to back, with a pause between, several at once, or one by
 * one with the main thread watched.
 */
export type PaceName = 'tight' | 'spaced' | 'parallel' | 'watched';

export interface Pace {
  readonly name: PaceName;
  /** Pause before each start, in milliseconds. */
  readonly gapMs: number;
  /** How many run at the same time. */
  readonly lanes: number;
}

/** One after the other, without a pause. */
export const TIGHT: Pace = { name: 'tight', gapMs: 0, lanes: 1 };

/** Life cycles to time. */
export interface Block extends Series {
  readonly pace: Pace;
}

export interface Timed {
  readonly name: string;
  readonly ms: number;
}

export interface CycleSample {
  /** From the request to the end of the clean-up; with lanes: divided by the containers. */
  readonly ns: number;
  /** For how long the main thread could do nothing else: in all, and the longest stretch. */
  readonly busyNs?: number;
  readonly stretchNs?: number;
  /** Of the plan, in its order. */
  readonly operations?: readonly Timed[];
}

export interface StartedInProcess {
  /** From the request to the first line. */
  readonly lineNs: number;
  /** When each phase of the plan was done, and what each kind of operation took. */
  readonly steps: readonly Timed[];
  readonly operations: readonly Timed[];
  /** Resolves when the running program answered a signal. */
  ask(): Promise<void>;
  end(): Promise<void>;
}

export interface Opened {
  /** What every figure of it has to be read with, such as emulation. */
  readonly remark?: string | undefined;
  readonly emulated?: boolean;
  /** Where its server is found when `linked`; without: at the link's far end. */
  readonly address?: string;
  /** Files to drop from the page cache for a cold start, beside its program and the workload. */
  readonly files?: readonly string[];
  command?(request: Request): Command;
  /** Each verb's command for the container of this id. `kill`: a signal that does nothing. */
  verbs?(id: string): Readonly<Record<(typeof VERBS)[number], readonly string[]>>;
  /** In this process, instead of by a command: resolves when the workload spoke. */
  startInProcess?(request: Request): Promise<StartedInProcess>;
  /** Times life cycles; without, the C baseline times those of the command. */
  cycle?(block: Block): Promise<readonly CycleSample[]>;
  close?(): Promise<void>;
}

export interface Target {
  readonly name: string;
  readonly title: string;
  readonly family: Family;
  /** What it has and lacks beside the others, in a few words. */
  readonly note: string;
  /** Program that it is, and Debian's package of it. */
  readonly program?: string;
  readonly package?: string;
  /** The newest one that Debian has, in a directory of ours. */
  readonly newest?: boolean;
  readonly measures: readonly MeasureName[];
  /** Paces of its life cycles. */
  readonly paces: readonly PaceName[];
  /** Seconds that its first line may take; then it is given up. */
  readonly timeoutS: number;
  /** Limits that it cannot set itself, so that the group it is started in does. */
  readonly limitedByGroup: readonly ('memory' | 'cpu')[];
  /** A start takes seconds, so there are a tenth as many. */
  readonly slow: boolean;
  /** It cannot join the prepared link, so its server cannot be reached. */
  readonly unlinked: boolean;
  /** `path`: of its program. @throws Error with the reason when it cannot run here. */
  open(context: Context, path: string): Opened | Promise<Opened>;
}

/** Of commands that are quick to start. */
export const COMMAND_PACES = ['tight', 'spaced'] as const;

const DEFAULTS = {
  /** All but the life cycle. */
  measures: ['startup', 'memory', 'many', 'throughput', 'processor', 'limits'],
  ...{ paces: [], timeoutS: 15, limitedByGroup: [], slow: false, unlinked: false },
} as const;

/** Of `podman run` and `docker run`, which ours are named after. */
export function limitFlags({ memoryMiB, cpus, quota, detached }: Request): string[] {
  return words`--memory ${memoryMiB}m --pids-limit 64 --cpuset-cpus=${cpus} --cpus=${quota}
    ${detached ? ['--detach'] : []}`;
}

type Given = Pick<Target, 'name' | 'title' | 'family' | 'note' | 'open'> & Partial<Target>;

/** A target with the usual values for what is not given. With paces it has life cycles as well. */
export function defineTarget(given: Given): Target {
  const target: Target = { ...DEFAULTS, ...given };
  const cycles = target.paces.length > 0 ? (['lifecycle'] as const) : [];
  return { ...target, measures: [...cycles, ...target.measures] };
}
