// mutants.json, which `npm run mutants` leaves beside the evidence: read whole for the report's
// appendix. `mutants/report.ts` is what it is.
import { join } from 'node:path';
import * as v from 'valibot';
import { count, ownRun, readOwnRun } from './own-run.ts';

const Mutants = v.object({
  ...ownRun,
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

export function readMutants(directory: string): Mutants | undefined {
  return readOwnRun(join(directory, 'mutants.json'), Mutants);
}
