// The context of a requirement's test.

import type { ShellOptions, Subject } from '../base/subject.ts';
import type { Series } from '../evidence/model.ts';
import type { ControlResult, Observed, Recorder, Value } from '../evidence/recorder.ts';
import type { Recorded } from '../matchers/recorded.ts';
import type { Box } from '../shell/box.ts';
import type { HostSide } from './host-side.ts';

/** Returns the results of its assertions: without one, it does not compile. */
export type ControlCheck = (free: Box) => Promise<Recorded | readonly Recorded[]>;

/** The same probe without the isolation or the limit, which must answer the opposite. */
export interface ControlFixture {
  /**
   * Opens the counterpart, and requires the opposite result. For an option that the subject does
   * not know, it opens a shell on the host, with chroot(2) if a root file system is given.
   * @param description Default: a description of the opened shell.
   */
  (open: () => Promise<Box>, check: ControlCheck, description?: string): Promise<Box>;
  /** For a value observed by other means. */
  (description: string, result: ControlResult): void;
}

export interface RequirementContext<Options extends ShellOptions = ShellOptions>
  extends Pick<Recorder, 'transcript' | 'plan' | 'artefact'> {
  readonly id: string;
  /** The subject. */
  readonly subject: Subject<Options>;
  /** Aborted at the test's timeout. */
  readonly signal: AbortSignal;
  /**
   * Opens a container shell of the subject, at its prompt; closed when the test ends.
   *
   * @param using A program other than the suite's subject.
   */
  shell(options?: Options, using?: Subject<Options>): Promise<Box>;
  /**
   * The same without a terminal: commands come through a pipe that stays open, so no hangup ends
   * anything.
   */
  piped(options?: Options): Promise<Box>;
  readonly control: ControlFixture;
  /** The host: shells on it, its names and PIDs, its view of a container. */
  readonly host: HostSide;
  /** One line of narration: the next step, and why. */
  say(text: string): Promise<void>;
  /** A value to show that proves nothing. */
  observe(observed: Observed): void;
  /** Records a value seen inside, and returns it for an assertion. */
  inside<V extends Value>(label: string, value: V): V;
  /** Records a value seen by the host, and returns it. */
  outside<V extends Value>(label: string, value: V): V;
  /** Values over time, for a plot. */
  series(series: Series): void;
  /** Ends the test as not proven here. `feature` names what the host lacks. */
  notProvenHere(feature: string): never;
  /** Runs `end` after the test in any case, the last registered first. */
  onCleanup(end: () => unknown): void;
}
