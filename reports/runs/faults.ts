// Reads faults.json, which `npm run faults` writes beside the evidence, for the report's appendix.
// Its format is `faults/table/table.ts`.
import { join } from 'node:path';
import * as v from 'valibot';
import { count, ownRun, readOwnRun } from './own-run.ts';

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
  ...ownRun,
  seed: v.number(),
  tables: v.array(FaultTable),
});

export type FaultTable = v.InferOutput<typeof FaultTable>;
export type Faults = v.InferOutput<typeof Faults>;

export function readFaults(directory: string): Faults | undefined {
  return readOwnRun(join(directory, 'faults.json'), Faults);
}
