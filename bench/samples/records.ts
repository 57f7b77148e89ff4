// What a run leaves: one JSON record a line. The page is made of nothing else.
import { readFileSync } from 'node:fs';
import * as v from 'valibot';

/** What is measured, as it appears in records: a measure and what of it. */
const Sample = v.object({
  kind: v.literal('sample'),
  target: v.string(),
  quantity: v.string(),
  round: v.number(),
  /** What it was measured against, where there is such a thing: containers alive, connections. */
  x: v.optional(v.number()),
  value: v.number(),
});

const Target = v.object({
  kind: v.literal('target'),
  name: v.string(),
  title: v.string(),
  family: v.picklist(['bare', 'control', 'container', 'sandbox', 'paravirtual', 'vm']),
  note: v.string(),
  /** `missing`: its program is not installed; `failed`: it is, and does not run here. */
  status: v.picklist(['ready', 'missing', 'failed']),
  why: v.optional(v.string()),
  remark: v.optional(v.string()),
  /** Runs by TCG: says nothing about what hardware virtualisation costs. */
  emulated: v.optional(v.boolean()),
  version: v.optional(v.string()),
  /** What one start of it executes. */
  command: v.optional(v.string()),
});

const Run = v.object({
  kind: v.literal('run'),
  version: v.literal(1),
  startedAt: v.string(),
  command: v.string(),
  quick: v.boolean(),
  measures: v.array(v.string()),
  host: v.object({
    kernel: v.string(),
    distribution: v.string(),
    processor: v.string(),
    processors: v.number(),
    memoryMiB: v.number(),
    load: v.number(),
    hypervisor: v.string(),
    cgroups: v.string(),
    clockMHz: v.number(),
    versions: v.record(v.string(), v.string()),
    settings: v.record(v.string(), v.string()),
  }),
});

const Failure = v.object({
  kind: v.literal('failure'),
  target: v.string(),
  measure: v.string(),
  reason: v.string(),
});

/** What a target looks like from inside: it was asked. */
export const Facts = v.object({
  kind: v.literal('facts'),
  target: v.string(),
  kernel: v.string(),
  pid: v.number(),
  cpus: v.string(),
  memTotalKiB: v.number(),
  seccomp: v.number(),
  programSum: v.string(),
  namespaces: v.record(v.string(), v.string()),
});

/**
 * Seconds of the guest's own clock at each stage of its start, or milliseconds of each step of a
 * plan.
 */
const Stages = v.object({
  kind: v.literal('stages'),
  target: v.string(),
  round: v.number(),
  /** Milliseconds since the request. */
  stages: v.array(v.object({ name: v.string(), ms: v.number() })),
});

/** How far a crowd came, and what ended it. */
const Reached = v.object({
  kind: v.literal('reached'),
  target: v.string(),
  round: v.number(),
  alive: v.number(),
  because: v.picklist(['number', 'time', 'memory']),
});

const Goal = v.object({
  kind: v.literal('goal'),
  name: v.string(),
  unit: v.string(),
  goal: v.number(),
  least: v.boolean(),
  value: v.optional(v.number()),
  low: v.optional(v.number()),
  high: v.optional(v.number()),
  met: v.boolean(),
  /** Why there is no value, or what it has to be read with. */
  why: v.optional(v.string()),
});

/**
 * How long a piece of the run took, warm-up and clean-up included: `round` is missing where there
 * are none.
 */
const Took = v.object({
  kind: v.literal('took'),
  measure: v.string(),
  target: v.optional(v.string()),
  round: v.optional(v.number()),
  seconds: v.number(),
});

/**
 * `seconds`: of the whole run, own speed included. `left`: what appeared on the machine and is
 * still there; `stolen`: by the hypervisor, of all processor time.
 */
const End = v.object({
  kind: v.literal('end'),
  seconds: v.number(),
  interrupted: v.optional(v.string()),
  left: v.array(v.string()),
  stolen: v.number(),
});

const AnyRecord = v.variant('kind', [
  Run,
  Target,
  Sample,
  Failure,
  Facts,
  Stages,
  Reached,
  Goal,
  Took,
  End,
]);

export type SampleRecord = v.InferOutput<typeof Sample>;
export type TargetRecord = v.InferOutput<typeof Target>;
export type RunRecord = v.InferOutput<typeof Run>;
export type FailureRecord = v.InferOutput<typeof Failure>;
export type FactsRecord = v.InferOutput<typeof Facts>;
export type ReachedRecord = v.InferOutput<typeof Reached>;
export type StagesRecord = v.InferOutput<typeof Stages>;
export type GoalRecord = v.InferOutput<typeof Goal>;
export type TookRecord = v.InferOutput<typeof Took>;
export type EndRecord = v.InferOutput<typeof End>;
export type AnyRecord = v.InferOutput<typeof AnyRecord>;

/**
 * Reads records, one JSON value a line. Throws an Error that names the line that is none; a last
 * line that was cut off is left out.
 */
export function parseRecords(text: string, name = 'records'): AnyRecord[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index): AnyRecord[] => {
    if (line === '') return [];
    const last = index === lines.length - 1;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      if (last) return [];
      throw new Error(`${name}:${index + 1}: not JSON`, { cause: error });
    }
    const result = v.safeParse(AnyRecord, value);
    if (!result.success) throw new Error(`${name}:${index + 1}: ${result.issues[0].message}`);
    return [result.output];
  });
}

export function readRecords(path: string): AnyRecord[] {
  return parseRecords(readFileSync(path, 'utf8'), path);
}
