// bench.json: everything that the analysis says, without the samples themselves. Pure.
import * as v from 'valibot';
import type { Estimate } from '../samples/statistics.ts';
import type { Analysis, Measured, TargetSummary } from './analysis.ts';

const Spread = v.object({ median: v.number(), low: v.number(), high: v.number() });

/** The part of a bench.json that a later run is compared with. */
const Baseline = v.object({
  version: v.literal(1),
  startedAt: v.string(),
  host: v.object({ kernel: v.string(), processor: v.string(), processors: v.number() }),
  targets: v.array(
    v.object({
      name: v.string(),
      measures: v.array(
        v.object({
          quantity: v.string(),
          title: v.string(),
          better: v.picklist(['less', 'more']),
          toBare: v.optional(Spread),
        }),
      ),
    }),
  ),
  goals: v.array(
    v.object({
      name: v.string(),
      least: v.boolean(),
      met: v.boolean(),
      value: v.optional(v.number()),
      low: v.optional(v.number()),
      high: v.optional(v.number()),
    }),
  ),
});

export type Baseline = v.InferOutput<typeof Baseline>;

/** @throws Error with the file's name when it is no bench.json of this version. */
export function parseBaseline(text: string, name: string): Baseline {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${name}: not JSON; a baseline is the bench.json of another run`, { cause });
  }
  const result = v.safeParse(Baseline, value);
  if (result.success) return result.output;
  const [{ path, message }] = result.issues;
  const place = path?.map(({ key }) => String(key)).join('.') ?? '';
  throw new Error(
    `${name}: no bench.json of this version: ${place === '' ? '' : `${place}: `}${message}`,
  );
}

export type Summary = Baseline & { readonly [field: string]: unknown };

export function summaryOf({ run, end, targets, goals, stages }: Analysis): Summary {
  return {
    version: 1,
    ...{
      startedAt: run.startedAt,
      command: run.command,
      quick: run.quick,
      requested: run.measures,
      host: run.host,
    },
    ...{
      seconds: end?.seconds,
      interrupted: end?.interrupted,
      left: end?.left ?? [],
      stolen: end?.stolen,
    },
    targets: targets.map(targetOf),
    goals: goals.map(({ kind: _, ...goal }) => goal),
    stages: stages.map(({ kind: _, ...stage }) => stage),
  };
}

function targetOf({ measures, failures, reached, facts, ...target }: TargetSummary) {
  return {
    ...target,
    failures: failures.map(({ measure, reason }) => ({ measure, reason })),
    reached: reached.map(({ round, alive, because }) => ({ round, alive, because })),
    ...(facts === undefined ? {} : { inside: withoutHead(facts) }),
    measures: measures.map(measureOf),
  };
}

function withoutHead({
  kind: _kind,
  target: _target,
  ...facts
}: NonNullable<TargetSummary['facts']>) {
  return facts;
}

/** Values in the unit that is named; ratios have none. */
function measureOf({
  quantity: { key, title, unit, per, better },
  x,
  value,
  toBare,
  claim,
}: Measured) {
  const { samples, ...spread } = value;
  const scaled = Object.fromEntries(
    Object.entries(spread).map(([name, number]) => [name, number / per]),
  );
  return {
    ...{
      quantity: key,
      title,
      unit,
      better,
      ...(x === undefined ? {} : { x }),
      ...scaled,
      samples,
    },
    ...(toBare === undefined ? {} : { toBare: bounds(toBare), claim }),
  };
}

function bounds({ median, low, high }: Estimate) {
  return { median, low, high };
}
