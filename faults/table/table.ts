// The format of reports/out/faults.json, which the report shows.
import type { OwnRun } from '../../reports/runs/own-run.ts';

/** The whole file. */
export interface FaultReport extends OwnRun {
  /** The seed of the sample: the same seed draws the same cases from the same list. */
  readonly seed: number;
  readonly tables: readonly FaultTable[];
}

/** One table: failing system calls, SIGKILL, signals, or suites under load. */
export interface FaultTable {
  /** `faults`, `kills`, `signals`, `load`; of the executable `faults-executable` and so on. */
  readonly id: string;
  readonly title: string;
  /** One or two sentences: the action, and the expected result. */
  readonly about: string;
  /** Number of possible cases; `cases` has the tested ones. */
  readonly population: number;
  /** The columns, in order. */
  readonly outcomes: readonly Outcome[];
  /** The rows, in order: one scenario each (`shell`, `exec`). Cells count the cases. */
  readonly scenarios: readonly string[];
  readonly cases: readonly FaultCase[];
}

export interface Outcome {
  readonly id: string;
  /** Heading of the column: `refused cleanly`. */
  readonly title: string;
  /**
   * `right`: as expected; `wrong`: a bug of ours; `apart`: Node, V8, the loader or sh ended the
   * process themselves.
   */
  readonly verdict: 'right' | 'wrong' | 'apart';
}

export interface FaultCase {
  /** The name for `npm run faults -- --case`: `shell:init:mount:3:ENOMEM`. */
  readonly id: string;
  readonly scenario: string;
  /** The id of its outcome. */
  readonly outcome: string;
  /** The problems, a sentence each; none if the outcome is right. */
  readonly problems: readonly string[];
  /** Null after a signal or a hang. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly durationMs: number;
  /** The first lines of standard error, at most 400 characters. */
  readonly message: string;
  /** Leftovers on the host right after the command, and after one `terrarium gc`. */
  readonly left: readonly string[];
  readonly leftAfterGc: readonly string[];
}
