// Common to faults.json and mutants.json: a separate run writes the file beside the evidence, with
// its host and commit, and the report shows it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { commitOf } from '../../harness/reporter/provenance.ts';

/** A count, or a duration in milliseconds. */
export const count = v.pipe(v.number(), v.minValue(0));

/** The common first fields of these files. `format` changes with their meaning. */
export const ownRun = {
  format: v.literal(1),
  /** ISO 8601. */
  startedAt: v.string(),
  durationMs: count,
  /** Ends with `+` if there are local changes; without git the content hash. */
  commit: v.string(),
  /** `6.18.0`, and the cgroup layout: `hybrid`, `v1`, `v2`. */
  kernel: v.string(),
  cgroups: v.string(),
};

const OwnRun = v.object(ownRun);

export type OwnRun = Readonly<v.InferOutput<typeof OwnRun>>;

/** For a run in the checkout `project` that ends now. */
export function ownRunOf(
  project: string,
  { startedAt, cgroups }: { readonly startedAt: Date; readonly cgroups: string },
): OwnRun {
  const { id, dirty } = commitOf(project);
  return {
    format: 1,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    commit: dirty ? `${id}+` : id,
    kernel: release(),
    cgroups,
  };
}

export function writeOwnRun(file: string, run: OwnRun): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(run, undefined, 1)}\n`);
}

/** Undefined without the file, or for another format: then it is not shown. */
export function readOwnRun<Run>(
  file: string,
  schema: v.GenericSchema<unknown, Run>,
): Run | undefined {
  try {
    const parsed = v.safeParse(schema, JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
