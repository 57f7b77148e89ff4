// The evidence of one run, shared by collector, checks and page. evidence.json is exactly an
// `Evidence`.

/** Increased when a field changes its meaning or is removed. */
export const EVIDENCE_VERSION = 1;

/**
 * `not-proven-here`: the host lacks what the proof needs. `unsupported`: the subject has no such
 * option. `set-up-failed`: the subject did not start, so the sentence was not tested; it fails the
 * run.
 */
export type Verdict = 'proven' | 'refuted' | 'not-proven-here' | 'unsupported' | 'set-up-failed';

/** An observed value. `decisive` marks values that the verdict depends on. */
export interface Observation {
  readonly label: string;
  readonly inside?: string;
  readonly host?: string;
  readonly control?: string;
  readonly decisive: boolean;
}

/** The same probe without the isolation or the limit, which must answer the opposite. */
export interface Control {
  /** The difference: `the same hog without --memory`. */
  readonly description: string;
  readonly outcome: 'opposite' | 'same' | 'not-run';
  readonly observed: string;
}

/** One line of narration, and its time (milliseconds since the requirement began). */
export interface Step {
  readonly atMs: number;
  readonly text: string;
}

/** The output of a terminal: asciicast v2 (`header` line and events, newline-delimited JSON). */
export interface Transcript {
  readonly title: string;
  readonly role: 'subject' | 'control';
  readonly command: string;
  readonly cast: string;
}

export interface PlanStep {
  readonly index: number;
  readonly phase: string;
  /** The operation in words: `mount proc on /proc (nosuid,nodev,noexec)`. */
  readonly text: string;
  /** Nanoseconds since the first step began. */
  readonly startNs: number;
  readonly durationNs: number;
  /** Symbolic errno, or undefined when it succeeded. */
  readonly error?: string;
}

export interface PlanTrace {
  readonly title: string;
  readonly steps: readonly PlanStep[];
}

/** Values over time, for a plot: `points` are [seconds, value]. `limit` draws a horizontal rule. */
export interface Series {
  readonly title: string;
  readonly unit: string;
  readonly limit?: { readonly label: string; readonly value: number };
  readonly lines: readonly {
    readonly label: string;
    readonly role: 'subject' | 'control';
    readonly points: readonly (readonly [number, number])[];
  }[];
}

export interface Artefact {
  readonly name: string;
  readonly mediaType: string;
  readonly text: string;
}

/** A text recorded by a test, shown unchanged. */
interface Written {
  readonly id: string;
  readonly steps: readonly Step[];
  readonly observations: readonly Observation[];
  readonly transcripts: readonly Transcript[];
  readonly plans: readonly PlanTrace[];
  readonly series: readonly Series[];
  readonly artefacts: readonly Artefact[];
  readonly durationMs: number;
  readonly worker: number;
}

export interface RequirementEvidence extends Written {
  readonly title: string;
  /** Keys of the assignment's sentences that this requirement proves, the main one first. */
  readonly sentences: readonly string[];
  readonly verdict: Verdict;
  /** The missing feature of the host, or for `unsupported` of the subject. */
  readonly missing?: string;
  /**
   * For `refuted` and `set-up-failed`: the message and the diff of the first failed assertion, ANSI
   * colours removed.
   */
  readonly failure?: string;
  /** The control; if none applies, `not-run` with the reason as its description. */
  readonly control?: Control;
  readonly furtherControls: readonly Control[];
  /** Milliseconds since the run began. */
  readonly startedAtMs: number;
  /** The exact command that reruns it: `sudo npm run spec -- NET-03`. */
  readonly rerun: string;
  readonly file: string;
}

/** Why a test ended without a verdict. */
export interface Missing {
  readonly verdict: 'not-proven-here' | 'unsupported' | 'set-up-failed';
  readonly what: string;
}

/** The recording of one test. The reporter makes the verdict. */
export interface Recording extends Written {
  /** False until the test's body and clean-up have ended, in any way. */
  readonly finished: boolean;
  readonly missing?: Missing;
  /** Why no control applies (a refused command line has no unconfined counterpart). */
  readonly controlFree?: string;
  readonly controls: readonly Control[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** A sentence of the assignment. `heading` groups them. */
export interface Sentence {
  readonly key: string;
  readonly heading: string;
  readonly text: string;
  /** Not required by the assignment: an addition. */
  readonly beyond?: boolean;
  /** Asks for the demonstration itself: proven by all requirements of the run. */
  readonly wholeRun?: boolean;
}

/** One kind of host object, counted before and after the run. */
export interface AuditRow {
  readonly what: 'mounts' | 'cgroups' | 'links' | 'namespaces' | 'processes' | 'state files';
  readonly before: number;
  readonly after: number;
  /** Leftovers of this run: present after, not before. */
  readonly left: readonly string[];
  /** The same of other users on this host. */
  readonly others?: readonly string[];
}

export interface HostSummary {
  readonly hostname: string;
  readonly kernel: string;
  readonly distribution: string;
  readonly arch: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly cgroups: string;
  readonly node: string;
  /** Missing features of this host, in words; each is a reason for a `not-proven-here`. */
  readonly lacks: readonly string[];
}

/** A program that requirements use. */
export interface Probe {
  readonly name: string;
  /** Hexadecimal, of the containers' copy. */
  readonly sha256: string;
}

export interface Evidence {
  readonly version: typeof EVIDENCE_VERSION;
  /** Title of the suite and the page. */
  readonly title: string;
  /** The name of the subject. */
  readonly subject: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly commit: { readonly id: string; readonly dirty: boolean };
  readonly command: string;
  readonly host: HostSummary;
  readonly sentences: readonly Sentence[];
  /** Headings of the requirements' areas: `NET` of `NET-03`. */
  readonly areas: Readonly<Record<string, string>>;
  /** Empty if the suite names none. */
  readonly probes: readonly Probe[];
  readonly requirements: readonly RequirementEvidence[];
  /** Tests without a requirement (unit tests): counted, listed only if they failed. */
  readonly checks: {
    readonly passed: number;
    readonly failed: readonly { readonly name: string; readonly failure: string }[];
    readonly skipped: number;
  };
  readonly audit: readonly AuditRow[];
}
