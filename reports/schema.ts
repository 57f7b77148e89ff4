// The JSON Schema of evidence.json, built so that it cannot drift from the types: a missing or
// extra property does not compile.
import type {
  Artefact,
  AuditRow,
  Control,
  Evidence,
  HostSummary,
  Observation,
  PlanStep,
  PlanTrace,
  RequirementEvidence,
  Sentence,
  Series,
  Step,
  Transcript,
} from '../harness/evidence/model.ts';
import { EVIDENCE_VERSION } from '../harness/evidence/model.ts';

type Json = Readonly<Record<string, unknown>>;

/** A schema for values of type T. `holds` is never called; it only binds T. */
interface Schema<T> {
  readonly json: Json;
  readonly holds?: (value: T) => T;
}

type Optional<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];

const text: Schema<string> = { json: { type: 'string' } };
const count: Schema<number> = { json: { type: 'number' } };
const flag: Schema<boolean> = { json: { type: 'boolean' } };

function list<T>(items: Schema<T>): Schema<readonly T[]> {
  return { json: { type: 'array', items: items.json } };
}

function map<T>(values: Schema<T>): Schema<Readonly<Record<string, T>>> {
  return { json: { type: 'object', additionalProperties: values.json } };
}

function oneOf<const T extends string | number>(
  values: Readonly<Record<T, true>>,
  type: 'string' | 'integer' = 'string',
): Schema<T> {
  const names = Object.keys(values);
  return { json: { type, enum: type === 'integer' ? names.map(Number) : names } };
}

/** `optional` must name exactly the optional properties of T. */
function record<T>(
  properties: { readonly [K in keyof T]-?: Schema<Exclude<T[K], undefined>> } & Readonly<
    Record<string, { readonly json: Json }>
  >,
  optional: Readonly<Record<Optional<T>, true>>,
): Schema<T> {
  const entries = Object.entries<{ readonly json: Json }>(properties);
  return {
    json: {
      type: 'object',
      properties: Object.fromEntries(entries.map(([name, schema]) => [name, schema.json])),
      required: entries.map(([name]) => name).filter((name) => !Object.hasOwn(optional, name)),
      additionalProperties: false,
    },
  };
}

const control = record<Control>(
  {
    description: text,
    outcome: oneOf({ opposite: true, same: true, 'not-run': true }),
    observed: text,
  },
  {},
);
const step = record<Step>({ atMs: count, text }, {});
const transcript = record<Transcript>(
  { title: text, role: oneOf({ subject: true, control: true }), command: text, cast: text },
  {},
);
const artefact = record<Artefact>({ name: text, mediaType: text, text }, {});
const sentence = record<Sentence>(
  { key: text, heading: text, text, beyond: flag, wholeRun: flag },
  { beyond: true, wholeRun: true },
);

const observation = record<Observation>(
  { label: text, inside: text, host: text, control: text, decisive: flag },
  { inside: true, host: true, control: true },
);

const planStep = record<PlanStep>(
  { index: count, phase: text, text, startNs: count, durationNs: count, error: text },
  { error: true },
);
const plan = record<PlanTrace>({ title: text, steps: list(planStep) }, {});

const point: Schema<readonly [number, number]> = {
  json: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 },
};
const series = record<Series>(
  {
    title: text,
    unit: text,
    limit: record({ label: text, value: count }, {}),
    lines: list(
      record(
        { label: text, role: oneOf({ subject: true, control: true }), points: list(point) },
        {},
      ),
    ),
  },
  { limit: true },
);

const requirement = record<RequirementEvidence>(
  {
    id: text,
    title: text,
    sentences: list(text),
    verdict: oneOf({
      proven: true,
      refuted: true,
      'not-proven-here': true,
      unsupported: true,
      'set-up-failed': true,
    }),
    missing: text,
    failure: text,
    control,
    furtherControls: list(control),
    steps: list(step),
    observations: list(observation),
    transcripts: list(transcript),
    plans: list(plan),
    series: list(series),
    artefacts: list(artefact),
    startedAtMs: count,
    durationMs: count,
    worker: count,
    rerun: text,
    file: text,
  },
  { missing: true, failure: true, control: true },
);

const auditRow = record<AuditRow>(
  {
    what: oneOf({
      mounts: true,
      cgroups: true,
      links: true,
      namespaces: true,
      processes: true,
      'state files': true,
    }),
    before: count,
    after: count,
    left: list(text),
    others: list(text),
  },
  { others: true },
);

const host = record<HostSummary>(
  {
    hostname: text,
    kernel: text,
    distribution: text,
    arch: text,
    cpus: count,
    memoryBytes: count,
    cgroups: text,
    node: text,
    lacks: list(text),
  },
  {},
);

const evidence = record<Evidence>(
  {
    version: oneOf({ [EVIDENCE_VERSION]: true }, 'integer'),
    title: text,
    subject: text,
    startedAt: text,
    durationMs: count,
    commit: record({ id: text, dirty: flag }, {}),
    command: text,
    host,
    sentences: list(sentence),
    areas: map(text),
    probes: list(record({ name: text, sha256: text }, {})),
    requirements: list(requirement),
    checks: record(
      { passed: count, failed: list(record({ name: text, failure: text }, {})), skipped: count },
      {},
    ),
    audit: list(auditRow),
  },
  {},
);

/** The schema of evidence.json; each report has a copy, evidence.schema.json. */
export function evidenceSchema(): Json {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: `https://terrarium.invalid/evidence.v${EVIDENCE_VERSION}.schema.json`,
    title: 'Evidence of one Terrarium run',
    ...evidence.json,
  };
}
