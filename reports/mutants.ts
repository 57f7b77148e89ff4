// mutants.json, which `npm run mutants` leaves beside the evidence: read whole for the report's
// appendix. `mutants/report.ts` is what it is.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

const count = v.pipe(v.number(), v.minValue(0));

const Mutants = v.object({
  format: v.literal(1),
  startedAt: v.string(),
  durationMs: count,
  commit: v.string(),
  kernel: v.string(),
  cgroups: v.string(),
  population: count,
  mutants: v.array(
    v.object({
      name: v.string(),
      area: v.string(),
      file: v.string(),
      find: v.string(),
      replace: v.string(),
      core: v.boolean(),
      outcome: v.picklist(['refuted', 'broken', 'survived', 'equivalent', 'elsewhere', 'failed']),
      by: v.string(),
      said: v.string(),
    }),
  ),
});

export type Mutants = v.InferOutput<typeof Mutants>;

/** Undefined where there is none, or one of another format: then it is not shown. */
export function readMutants(directory: string): Mutants | undefined {
  try {
    const parsed = v.safeParse(
      Mutants,
      JSON.parse(readFileSync(join(directory, 'mutants.json'), 'utf8')),
    );
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
