// What the process outside of the namespaces writes to a file for the one inside.
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { Measure } from '../samples/records.ts';

const [text, number, flag] = [v.string(), v.number(), v.boolean()];

const Job = v.object({
  /** Life cycles have a process of their own: what is warm there changes no other figure. */
  part: v.picklist(['lifecycle', 'rest']),
  ...{ repository: text, root: text, image: text, scratch: text, prefix: text },
  ...{ starter: text, baseline: text, processors: number, quick: flag, goals: flag },
  kernel: v.optional(v.object({ image: text, initrd: text, release: text })),
  /** Why there is no kernel. */
  kernelProblem: v.optional(text),
  newest: v.record(text, text),
  targets: v.array(v.object({ name: text, measures: v.array(Measure) })),
  runs: v.optional(number),
  schedule: v.object({ rounds: number, runs: number, gapMs: number }),
  /** Memory that the process holds until its end. */
  ballastMiB: number,
  /** File that records are appended to. */
  records: text,
});

export type Job = v.InferOutput<typeof Job>;

/** @throws Error when it is not a job. */
export function readJob(path: string): Job {
  return v.parse(Job, JSON.parse(readFileSync(path, 'utf8')));
}
