// bench.json: everything that the analysis says, without the samples themselves. Pure.
import * as v from 'valibot';
import type { Estimate } from '../samples/statistics.ts';
import type { Analysis, Measured, TargetSummary } from './analysis.ts';
import { operationTimes, paceReports } from './lifecycle.ts';

const [text, number] = [v.string(), v.number()];
const Spread = v.object({ median: number, low: number, high: number });

const Quantity = v.object({
  ...{ quantity: text, title: text, better: v.picklist(['less', 'more']) },
  toBare: v.optional(Spread),
});
const Goal = v.object({
  ...{ name: text, least: v.boolean(), met: v.boolean() },
  ...{ value: v.optional(number), low: v.optional(number), high: v.optional(number) },
});
/** The part of a bench.json that a later run is compared with. */
const Baseline = v.object({
  ...{ version: v.literal(1), startedAt: text, quick: v.optional(v.boolean()) },
  host: v.object({ kernel: text, processor: text, processors: number }),
  targets: v.array(v.object({ name: text, measures: v.array(Quantity) })),
  goals: v.array(Goal),
});

export type Baseline = v.InferOutput<typeof Baseline>;
export type Summary = Baseline & { readonly [field: string]: unknown };

/** @throws Error with the file's name when it is no bench.json of this version. */
export function parseBaseline(content: string, name: string): Baseline {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw new Error(`${name}: not JSON; a baseline is the bench.json of another run`, { cause });
  }
  const result = v.safeParse(Baseline, value);
  if (result.success) return result.output;
  const [{ path = [], message }] = result.issues;
  const where = path.map(({ key }) => `${key}`).join('.');
  const problem = where === '' ? message : `${where}: ${message}`;
  throw new Error(`${name}: no bench.json of this version: ${problem}`);
}

export function summaryOf(analysis: Analysis): Summary {
  const { run, end, targets, goals, stages } = analysis;
  const { startedAt, command, quick, measures: requested, host } = run;
  const { seconds, interrupted, left = [], stolen } = end ?? {};
  return {
    version: 1,
    ...{ startedAt, command, quick, requested, host, seconds, interrupted, left, stolen },
    targets: targets.map(targetOf),
    goals: goals.map(({ kind: _, ...goal }) => goal),
    stages: stages.map(({ kind: _, ...stage }) => stage),
    ...{ paces: paceReports(analysis), steps: operationTimes(analysis) },
  };
}

function targetOf({ measures, failures, reached, facts, ...target }: TargetSummary) {
  const { kind: _kind, target: _target, ...inside } = facts ?? { kind: '', target: '' };
  return {
    ...target,
    failures: failures.map(({ measure, reason }) => ({ measure, reason })),
    reached: reached.map(({ round, alive, because }) => ({ round, alive, because })),
    ...(facts === undefined ? {} : { inside }),
    measures: measures.map(measureOf),
  };
}

/** Values in the unit that is named; ratios have none. */
function measureOf({ quantity, x, value, toBare, claim }: Measured) {
  const { key, title, unit, per, better } = quantity;
  const { samples, ...spread } = value;
  const scaled = Object.entries(spread).map(([name, each]) => [name, each / per]);
  return {
    ...{ quantity: key, title, unit, better, ...(x === undefined ? {} : { x }) },
    ...{ ...Object.fromEntries(scaled), samples },
    ...(toBare === undefined ? {} : { toBare: bounds(toBare), claim }),
  };
}

const bounds = ({ median, low, high }: Estimate) => ({ median, low, high });
