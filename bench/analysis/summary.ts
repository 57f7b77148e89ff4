// bench.json: everything that the analysis says, without the samples themselves. Pure.
import * as v from 'valibot';
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
  const json = v.parseJson(undefined, 'not JSON; a baseline is the bench.json of another run');
  const { success, output, issues } = v.safeParse(v.pipe(v.string(), json, Baseline), content);
  if (success) return output;
  const problem = [v.getDotPath(issues[0]), issues[0].message].filter(Boolean).join(': ');
  throw new Error(`${name}: no bench.json of this version: ${problem}`);
}

export function summaryOf(analysis: Analysis): Summary {
  const { run, end, targets, goals, stages } = analysis;
  const { kind: _run, measures: requested, ...asked } = run;
  const { kind: _end, ...ended } = end ?? { kind: '', left: [] };
  return {
    ...{ ...asked, requested, ...ended, targets: targets.map(targetOf) },
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
  const ratio = toBare && { median: toBare.median, low: toBare.low, high: toBare.high };
  return {
    ...{ quantity: key, title, unit, better, x, ...Object.fromEntries(scaled), samples },
    ...{ toBare: ratio, claim },
  };
}
