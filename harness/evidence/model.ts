// Where collector, checks and page meet: the evidence of one run. evidence.json is exactly an
// `Evidence`.

/** Raised when a field changes its meaning or goes away. */
export const EVIDENCE_VERSION = 1;

/**
 * `not-proven-here`: the host lacks what the proof needs. `unsupported`: the subject has no such
 * option. `set-up-failed`: the subject did not start, so the sentence was never put to the test;
 * it fails the run all the same.
 */
export type Verdict = 'proven' | 'refuted' | 'not-proven-here' | 'unsupported' | 'set-up-failed';

/** A value that was looked at. `decisive` marks those that the verdict rests on. */
export interface Observation {
  readonly label: string;
  readonly inside?: string;
  readonly host?: string;
  readonly control?: string;
  readonly decisive: boolean;
}

/** The same probe without the isolation or the limit, which must answer the opposite. */
export interface Control {
  /** What was done differently: `the same hog without --memory`. */
  readonly description: string;
  readonly outcome: 'opposite' | 'same' | 'not-run';
  readonly observed: string;
}

/** One line of narration, and when it was said (milliseconds since the requirement began). */
export interface Step {
  readonly atMs: number;
  readonly text: string;
}

/** What a terminal showed: asciicast v2 (`header` line and events, newline-delimited JSON). */
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

/** What a test wrote down that is shown as it is. */
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
  /** Keys of the assignment's sentences that this requirement stands for, the main one first. */
  readonly sentences: readonly string[];
  readonly verdict: Verdict;
  /** What the host, or for `unsupported` the subject, lacks. */
  readonly missing?: string;
  /**
   * For `refuted` and `set-up-failed`: the message and the diff of the first failed assertion, ANSI
   * colours removed.
   */
  readonly failure?: string;
  /** The control; where none makes sense, `not-run` with the reason as its description. */
  readonly control?: Control;
  readonly furtherControls: readonly Control[];
  /** Milliseconds since the run began. */
  readonly startedAtMs: number;
  /** The exact command that reruns it: `sudo npm run spec -- NET-03`. */
  readonly rerun: string;
  readonly file: string;
}

/** Why a test ended without an answer. */
export interface Missing {
  readonly verdict: 'not-proven-here' | 'unsupported' | 'set-up-failed';
  readonly what: string;
}

/** What one test wrote down while it ran. The verdict is the reporter's. */
export interface Recording extends Written {
  /** False until the test's body and its clean-up came to their end, however they ended. */
  readonly finished: boolean;
  readonly missing?: Missing;
  /** Why a control makes no sense here (a refused command line has no unconfined counterpart). */
  readonly controlFree?: string;
  readonly controls: readonly Control[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** A sentence of the assignment. `heading` groups them as the assignment does. */
export interface Sentence {
  readonly key: string;
  readonly heading: string;
  readonly text: string;
  /** Nothing the assignment asks for: promised in addition. */
  readonly beyond?: boolean;
  /** Asks for the demonstration as such: every requirement of the run stands for it. */
  readonly wholeRun?: boolean;
}

/** One kind of thing counted on the host before and after the run. */
export interface AuditRow {
  readonly what: 'mounts' | 'cgroups' | 'links' | 'namespaces' | 'processes' | 'state files';
  readonly before: number;
  readonly after: number;
  /** What this run left: it is there after and was not before. */
  readonly left: readonly string[];
  /** The same of other users, who work beside this run. */
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
  /** What this host lacks, in words; each is a reason for a `not-proven-here`. */
  readonly lacks: readonly string[];
}

/** A program that requirements rely on. */
export interface Probe {
  readonly name: string;
  /** Hexadecimal, of the file that containers are given. */
  readonly sha256: string;
}

export interface Evidence {
  readonly version: typeof EVIDENCE_VERSION;
  /** Of the suite, and so of the page. */
  readonly title: string;
  /** The name of the program that was examined. */
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
  /** Empty where the suite names none. */
  readonly probes: readonly Probe[];
  readonly requirements: readonly RequirementEvidence[];
  /** Tests that stand for no requirement (unit tests): counted, listed only when they failed. */
  readonly checks: {
    readonly passed: number;
    readonly failed: readonly { readonly name: string; readonly failure: string }[];
    readonly skipped: number;
  };
  readonly audit: readonly AuditRow[];
}
