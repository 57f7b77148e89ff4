// What a run of the fault tables leaves: reports/out/faults.json, which the report shows.
import type { OwnRun } from '../../reports/runs/own-run.ts';

/** The whole file. */
export interface FaultReport extends OwnRun {
  /** Which cases were drawn: the same seed draws the same of the same list. */
  readonly seed: number;
  readonly tables: readonly FaultTable[];
}

/** One table: system calls made to fail, SIGKILL, signals, or suites under load. */
export interface FaultTable {
  readonly id: 'faults' | 'kills' | 'signals' | 'load';
  readonly title: string;
  /** One or two sentences: what was done, and what had to hold. */
  readonly about: string;
  /** How many cases there are to draw from; `cases` has those that were tried. */
  readonly population: number;
  /** The columns, in their order. */
  readonly outcomes: readonly Outcome[];
  /** The rows, in their order: a scenario each (`shell`, `exec`). Cells count the cases. */
  readonly scenarios: readonly string[];
  readonly cases: readonly FaultCase[];
}

export interface Outcome {
  readonly id: string;
  /** Heading of the column: `refused cleanly`. */
  readonly title: string;
  /**
   * `right`: as it should be; `wrong`: a defect of ours; `apart`: Node, V8, the loader or sh ended
   * the process themselves.
   */
  readonly verdict: 'right' | 'wrong' | 'apart';
}

export interface FaultCase {
  /** What `npm run faults -- --case` takes: `shell:init:mount:3:ENOMEM`. */
  readonly id: string;
  readonly scenario: string;
  /** The id of its outcome. */
  readonly outcome: string;
  /** What is wrong, a sentence each; none when the outcome is right. */
  readonly problems: readonly string[];
  /** Null after a signal or a hang. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly durationMs: number;
  /** The first lines of standard error, at most 400 characters. */
  readonly message: string;
  /** What was on the host right after the command, and after one `terrarium gc`. */
  readonly left: readonly string[];
  readonly leftAfterGc: readonly string[];
}
