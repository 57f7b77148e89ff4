// What can be measured, and how it is asked to run.

/**
 * How containers follow each other: back to back, with a pause between, several at once, or one by
 * one with the main thread watched.
 */
export type PaceName = 'tight' | 'spaced' | 'crowd' | 'watched';

export interface Pace {
  readonly name: PaceName;
  readonly title: string;
  /** Pause before each start, in milliseconds. */
  readonly gapMs: number;
  /** How many run at the same time. */
  readonly lanes: number;
}

/** One operation of the plan, as the runtime timed it. */
export interface StepTime {
  readonly index: number;
  readonly phase: string;
  readonly kind: string;
  readonly ns: number;
}

export interface Sample {
  /**
   * From the request to the end of the clean-up, in nanoseconds. With several at once: the whole
   * time divided by the number of containers.
   */
  readonly ns: number;
  /**
   * For how long the main thread could do nothing else, in nanoseconds: all of it, and the longest
   * uninterrupted stretch.
   */
  readonly busyNs?: number;
  readonly stretchNs?: number;
  readonly steps?: readonly StepTime[];
}

export interface Block {
  readonly pace: Pace;
  /**
   * Samples to take, after `warmup` runs that are not counted. With several lanes: runs per lane,
   * for one sample.
   */
  readonly runs: number;
  readonly warmup: number;
  readonly signal: AbortSignal;
}

/** What a target needs to know of this run. */
export interface Surroundings {
  readonly rootfs: string;
  /** Directory that is removed at the end. */
  readonly scratch: string;
  /** The compiled floor, which also times commands. */
  readonly floor: string;
  readonly repository: string;
}

export type Measure = (block: Block) => Promise<readonly Sample[]>;

export interface Target {
  readonly name: string;
  readonly title: string;
  readonly paces: readonly PaceName[];
  /** Why it cannot be measured here, or undefined. */
  missing(surroundings: Surroundings): string | undefined;
  open(surroundings: Surroundings): Promise<Measure>;
}
