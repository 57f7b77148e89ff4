// What the test of a requirement is given.

import type { ShellOptions, Subject } from '../base/subject.ts';
import type { Series } from '../evidence/model.ts';
import type { ControlResult, Observed, Recorder, Value } from '../evidence/recorder.ts';
import type { Recorded } from '../matchers/recorded.ts';
import type { Box } from '../shell/box.ts';
import type { HostSide } from './host-side.ts';

/** Returns what its assertions answered: without one, it does not compile. */
export type ControlCheck = (free: Box) => Promise<Recorded | readonly Recorded[]>;

/** The same probe without the isolation or the limit, which must answer the opposite. */
export interface ControlFixture {
  /**
   * Opens the counterpart, and demands of it what the subject must not show. An option that the
   * subject does not know is replaced by a shell on the host, behind chroot(2) when a root file
   * system is asked for.
   *
   * @param description Default: what was opened, in words.
   */
  (open: () => Promise<Box>, check: ControlCheck, description?: string): Promise<Box>;
  /** Of a value that was looked at by other means. */
  (description: string, result: ControlResult): void;
}

export interface RequirementContext<Options extends ShellOptions = ShellOptions>
  extends Pick<Recorder, 'transcript' | 'plan' | 'artefact'> {
  readonly id: string;
  /** What is examined. */
  readonly subject: Subject<Options>;
  /** Aborted when the test runs out of time. */
  readonly signal: AbortSignal;
  /**
   * Opens a container shell of the subject, at its prompt; closed when the test ends.
   *
   * @param using Another program than the suite's subject.
   */
  shell(options?: Options, using?: Subject<Options>): Promise<Box>;
  /**
   * The same without a terminal: commands come by a pipe that stays open whatever becomes of the
   * program, so that no hangup ends anything.
   */
  piped(options?: Options): Promise<Box>;
  readonly control: ControlFixture;
  /** The host: shells on it, its own names and numbers, its view of a container. */
  readonly host: HostSide;
  /** One line of narration: what is done next, and why. */
  say(text: string): Promise<void>;
  /** A value that is worth showing, and on which nothing rests. */
  observe(observed: Observed): void;
  /** Records what was seen inside, and answers it: to be asserted at once. */
  inside<V extends Value>(label: string, value: V): V;
  /** Records what the host saw, and answers it. */
  outside<V extends Value>(label: string, value: V): V;
  /** Values over time, for a plot. */
  series(series: Series): void;
  /** Ends the test as not provable on this host. `feature` is what the host lacks, in words. */
  notProvenHere(feature: string): never;
  /** Runs `end` after the test however it ends, the last registered first. */
  onCleanup(end: () => unknown): void;
}
