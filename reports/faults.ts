// faults.json, which `npm run faults` leaves beside the evidence: read whole for the report's
// appendix. `faults/table.ts` is what it is.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

const count = v.pipe(v.number(), v.minValue(0));

const FaultTable = v.object({
  id: v.string(),
  title: v.string(),
  about: v.string(),
  population: count,
  outcomes: v.array(
    v.object({
      id: v.string(),
      title: v.string(),
      verdict: v.picklist(['right', 'wrong', 'apart']),
    }),
  ),
  scenarios: v.array(v.string()),
  cases: v.array(
    v.object({
      id: v.string(),
      scenario: v.string(),
      outcome: v.string(),
      problems: v.array(v.string()),
      message: v.string(),
      leftAfterGc: v.array(v.string()),
    }),
  ),
});

const Faults = v.object({
  format: v.literal(1),
  startedAt: v.string(),
  durationMs: count,
  commit: v.string(),
  kernel: v.string(),
  cgroups: v.string(),
  seed: v.number(),
  tables: v.array(FaultTable),
});

export type FaultTable = v.InferOutput<typeof FaultTable>;
export type Faults = v.InferOutput<typeof Faults>;

/** Undefined where there is none, or one of another format: then it is not shown. */
export function readFaults(directory: string): Faults | undefined {
  try {
    const parsed = v.safeParse(
      Faults,
      JSON.parse(readFileSync(join(directory, 'faults.json'), 'utf8')),
    );
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
