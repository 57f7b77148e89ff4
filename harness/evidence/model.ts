// The evidence of one run, shared by collector, checks and page. evidence.json is exactly an
// `Evidence`, which Valibot checks; its types and its published schema are derived.
import * as v from 'valibot';

/** Increased when a field changes its meaning or is removed. */
export const EVIDENCE_VERSION = 1;

/** Rejects unknown properties: a reader would ignore them. */
function record<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(v.strictObject(entries), v.readonly());
}

function list<const Item extends v.GenericSchema>(item: Item) {
  return v.pipe(v.array(item), v.readonly());
}

/**
 * `not-proven-here`: the host lacks what the proof needs. `unsupported`: the subject has no such
 * option. `set-up-failed`: the subject did not start, so the sentence was not tested; it fails the
 * run.
 */
const Verdict = v.picklist([
  'proven',
  'refuted',
  'not-proven-here',
  'unsupported',
  'set-up-failed',
]);
export type Verdict = v.InferOutput<typeof Verdict>;

/** An observed value. `decisive` marks values that the verdict depends on. */
const Observation = record({
  label: v.string(),
  inside: v.exactOptional(v.string()),
  host: v.exactOptional(v.string()),
  control: v.exactOptional(v.string()),
  decisive: v.boolean(),
});
export type Observation = v.InferOutput<typeof Observation>;

/** The same probe without the isolation or the limit, which must answer the opposite. */
const Control = record({
  /** The difference: `the same hog without --memory`. */
  description: v.string(),
  outcome: v.picklist(['opposite', 'same', 'not-run']),
  observed: v.string(),
});
export type Control = v.InferOutput<typeof Control>;

/** One line of narration, and its time (milliseconds since the requirement began). */
const Step = record({
  atMs: v.number(),
  text: v.string(),
});
export type Step = v.InferOutput<typeof Step>;

/** The output of a terminal: asciicast v2 (`header` line and events, newline-delimited JSON). */
const Transcript = record({
  title: v.string(),
  role: v.picklist(['subject', 'control']),
  command: v.string(),
  cast: v.string(),
});
export type Transcript = v.InferOutput<typeof Transcript>;

const PlanStep = record({
  index: v.number(),
  phase: v.string(),
  /** The operation in words: `mount proc on /proc (nosuid,nodev,noexec)`. */
  text: v.string(),
  /** Nanoseconds since the first step began. */
  startNs: v.number(),
  durationNs: v.number(),
  /** Symbolic errno, or undefined when it succeeded. */
  error: v.exactOptional(v.string()),
});
export type PlanStep = v.InferOutput<typeof PlanStep>;

const PlanTrace = record({
  title: v.string(),
  steps: list(PlanStep),
});
export type PlanTrace = v.InferOutput<typeof PlanTrace>;

/** Values over time, for a plot: `points` are [seconds, value]. `limit` draws a horizontal rule. */
const Series = record({
  title: v.string(),
  unit: v.string(),
  limit: v.exactOptional(
    record({
      label: v.string(),
      value: v.number(),
    }),
  ),
  lines: list(
    record({
      label: v.string(),
      role: v.picklist(['subject', 'control']),
      points: list(v.pipe(v.strictTuple([v.number(), v.number()]), v.readonly())),
    }),
  ),
});
export type Series = v.InferOutput<typeof Series>;

const Artefact = record({
  name: v.string(),
  mediaType: v.string(),
  text: v.string(),
});
export type Artefact = v.InferOutput<typeof Artefact>;

/** Fields that the test records, passed on unchanged. */
const written = {
  id: v.string(),
  steps: list(Step),
  observations: list(Observation),
  transcripts: list(Transcript),
  plans: list(PlanTrace),
  series: list(Series),
  artefacts: list(Artefact),
  durationMs: v.number(),
  worker: v.number(),
};

type Written = Readonly<v.InferOutput<v.StrictObjectSchema<typeof written, undefined>>>;

const RequirementEvidence = record({
  ...written,
  title: v.string(),
  /** Keys of the assignment's sentences that this requirement proves, the main one first. */
  sentences: list(v.string()),
  verdict: Verdict,
  /** The missing feature of the host, or for `unsupported` of the subject. */
  missing: v.exactOptional(v.string()),
  /**
   * For `refuted` and `set-up-failed`: the message and the diff of the first failed assertion, ANSI
   * colours removed.
   */
  failure: v.exactOptional(v.string()),
  /** The control; if none applies, `not-run` with the reason as its description. */
  control: v.exactOptional(Control),
  furtherControls: list(Control),
  /** Milliseconds since the run began. */
  startedAtMs: v.number(),
  /** The exact command that reruns it: `sudo npm run spec -- NET-03`. */
  rerun: v.string(),
  file: v.string(),
});
export type RequirementEvidence = v.InferOutput<typeof RequirementEvidence>;

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
const Sentence = record({
  key: v.string(),
  heading: v.string(),
  text: v.string(),
  /** Not required by the assignment: an addition. */
  beyond: v.exactOptional(v.boolean()),
  /** Asks for the demonstration itself: proven by all requirements of the run. */
  wholeRun: v.exactOptional(v.boolean()),
});
export type Sentence = v.InferOutput<typeof Sentence>;

/** One kind of host object, counted before and after the run. */
const AuditRow = record({
  what: v.picklist(['mounts', 'cgroups', 'links', 'namespaces', 'processes', 'state files']),
  before: v.number(),
  after: v.number(),
  /** Leftovers of this run: present after, not before. */
  left: list(v.string()),
  /** The same of other users on this host. */
  others: v.exactOptional(list(v.string())),
});
export type AuditRow = v.InferOutput<typeof AuditRow>;

const HostSummary = record({
  hostname: v.string(),
  kernel: v.string(),
  distribution: v.string(),
  arch: v.string(),
  cpus: v.number(),
  memoryBytes: v.number(),
  cgroups: v.string(),
  node: v.string(),
  /** Missing features of this host, in words; each is a reason for a `not-proven-here`. */
  lacks: list(v.string()),
});
export type HostSummary = v.InferOutput<typeof HostSummary>;

/** A program that requirements use. */
const Probe = record({
  name: v.string(),
  /** Hexadecimal, of the containers' copy. */
  sha256: v.string(),
});
export type Probe = v.InferOutput<typeof Probe>;

export const Evidence = record({
  version: v.literal(EVIDENCE_VERSION),
  /** Title of the suite and the page. */
  title: v.string(),
  /** The name of the subject. */
  subject: v.string(),
  /** What was started as the subject, in words, where that has several forms. */
  program: v.exactOptional(v.string()),
  /** ISO 8601, UTC. */
  startedAt: v.string(),
  durationMs: v.number(),
  commit: record({
    id: v.string(),
    dirty: v.boolean(),
  }),
  command: v.string(),
  host: HostSummary,
  sentences: list(Sentence),
  /** Headings of the requirements' areas: `NET` of `NET-03`. */
  areas: v.pipe(v.record(v.string(), v.string()), v.readonly()),
  /** Empty if the suite names none. */
  probes: list(Probe),
  requirements: list(RequirementEvidence),
  /** Tests without a requirement (unit tests): counted, listed only if they failed. */
  checks: record({
    passed: v.number(),
    failed: list(
      record({
        name: v.string(),
        failure: v.string(),
      }),
    ),
    skipped: v.number(),
  }),
  audit: list(AuditRow),
});
export type Evidence = v.InferOutput<typeof Evidence>;
