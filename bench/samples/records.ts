// What a run writes: one JSON record a line. The page is made of nothing else.
import { readFileSync } from 'node:fs';
import * as v from 'valibot';

const [text, number, flag] = [v.string(), v.number(), v.boolean()];
const [maybeText, maybeNumber] = [v.optional(text), v.optional(number)];
const record = <const K extends string, const E extends v.ObjectEntries>(kind: K, entries: E) =>
  v.object({ kind: v.literal(kind), ...entries });

export const Measure = v.picklist([
  ...['lifecycle', 'startup', 'memory', 'many', 'throughput', 'processor', 'limits'],
] as const);

const Sample = record('sample', {
  target: text,
  /** A measure and what of it: `start.warm`. */
  quantity: text,
  round: number,
  /** What it was measured against, if anything: containers alive, connections. */
  x: maybeNumber,
  value: number,
});

const Target = record('target', {
  ...{ name: text, title: text, note: text },
  /** `control`: the host itself, in another form, to compare with. */
  family: v.picklist(['bare', 'control', 'container', 'sandbox', 'paravirtual', 'vm']),
  /** `missing`: its program is not installed; `failed`: it is, and does not run here. */
  status: v.picklist(['ready', 'missing', 'failed']),
  ...{ why: maybeText, remark: maybeText, version: maybeText },
  /** Runs by TCG: says nothing about what hardware virtualisation costs. */
  emulated: v.optional(flag),
  /** What one start executes. */
  command: maybeText,
});

const Host = v.object({
  ...{ kernel: text, distribution: text, processor: text, processors: number },
  ...{ memoryMiB: number, load: number, hypervisor: text, cgroups: text, clockMHz: number },
  ...{ versions: v.record(text, text), settings: v.record(text, text) },
});

const Run = record('run', {
  ...{ version: v.literal(1), startedAt: text, command: text, quick: flag },
  ...{ measures: v.array(text), host: Host },
});

const Failure = record('failure', { target: text, measure: text, reason: text });

/** What a target looks like from inside. */
export const Facts = record('facts', {
  ...{ target: text, kernel: text, pid: number, cpus: text, memTotalKiB: number },
  ...{ seccomp: number, programSum: text, namespaces: v.record(text, text) },
});

/** When each stage of a guest's start, or each phase of a plan, was done: milliseconds. */
const Stages = record('stages', {
  ...{ target: text, round: number },
  stages: v.array(v.object({ name: text, ms: number })),
});

/** How many were alive at once, and what ended it. */
const Reached = record('reached', {
  ...{ target: text, round: number, alive: number },
  because: v.picklist(['number', 'time', 'memory']),
});

/** A goal that no samples decide: what was left behind, how long the proofs take. */
const Goal = record('goal', {
  ...{ name: text, unit: text, goal: number, least: flag },
  ...{ value: maybeNumber, low: maybeNumber, high: maybeNumber, met: flag },
  verdict: v.picklist(['met', 'within limit', 'missed', 'not measured', 'refused']),
  /** The hard limit, beyond the goal. */
  limit: maybeNumber,
  /** Why there is no value, or what it has to be read with. */
  why: maybeText,
});

/** Seconds of a part of the run, warm-up and clean-up included. */
const Took = record('took', {
  ...{ measure: text, target: maybeText, round: maybeNumber, seconds: number },
});

/** `left`: what appeared on the machine and is still there. `stolen`: by the hypervisor, 0 to 1. */
const End = record('end', {
  ...{ seconds: number, interrupted: maybeText, left: v.array(text), stolen: number },
});

const AnyRecord = v.variant('kind', [
  ...[Run, Target, Sample, Failure, Facts, Stages, Reached, Goal, Took, End],
] as const);

export type MeasureName = v.InferOutput<typeof Measure>;
export type Family = TargetRecord['family'];
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

/** Commands on a running container, as the quantity `verb.VERB`. */
export const VERBS = ['exec', 'list', 'state', 'kill', '--version'] as const;

/** Life cycles back to back beside none or this many more mounts of the host. */
export const MOUNTED = 'cycle.mounted';
export const MORE_MOUNTS = 512;

/** Begin the quantities that are our own plan's operations. */
export const OPERATION = {
  ...{ start: 'operation.', density: 'density.operation.', cycle: 'cycle.operation.' },
} as const;

/** All measures, in the order of a run. */
export const MEASURES: readonly MeasureName[] = Measure.options;

/** @throws Error that names a line that is no record; a last line that was cut off is left out. */
export function parseRecords(content: string, name = 'records'): AnyRecord[] {
  const lines = content.split('\n');
  return lines.flatMap((line, index): AnyRecord[] => {
    if (line === '') return [];
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      if (index === lines.length - 1) return [];
      throw new Error(`${name}:${index + 1}: not JSON`, { cause });
    }
    const result = v.safeParse(AnyRecord, value);
    if (!result.success) throw new Error(`${name}:${index + 1}: ${result.issues[0].message}`);
    return [result.output];
  });
}

export function readRecords(path: string): AnyRecord[] {
  return parseRecords(readFileSync(path, 'utf8'), path);
}
