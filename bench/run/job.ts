// What the benchmark's outside tells its inside: one file, written by the one and read by the
// other.
import { readFileSync } from 'node:fs';
import * as v from 'valibot';

const Measure = v.picklist(['startup', 'memory', 'many', 'throughput', 'processor', 'limits']);

const Job = v.object({
  repository: v.string(),
  root: v.string(),
  image: v.string(),
  scratch: v.string(),
  prefix: v.string(),
  kernel: v.optional(v.object({ image: v.string(), initrd: v.string(), release: v.string() })),
  /** Why there is no kernel. */
  kernelProblem: v.optional(v.string()),
  starter: v.string(),
  targets: v.array(v.object({ name: v.string(), measures: v.array(Measure) })),
  quick: v.boolean(),
  runs: v.optional(v.number()),
  processors: v.number(),
  /** Where records are appended. */
  records: v.string(),
});

export type Job = v.InferOutput<typeof Job>;
export const MEASURES: readonly v.InferOutput<typeof Measure>[] = Measure.options;

/** @throws Error when it is not a job. */
export function readJob(path: string): Job {
  return v.parse(Job, JSON.parse(readFileSync(path, 'utf8')));
}
