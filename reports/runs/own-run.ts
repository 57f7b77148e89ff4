// What faults.json and mutants.json have in common: a run of its own leaves it beside the evidence,
// with where and of what it was, and the report shows it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { commitOf } from '../../harness/reporter/provenance.ts';

/** An amount: of cases, of milliseconds. */
export const count = v.pipe(v.number(), v.minValue(0));

/** The fields that each of these files begins with. `format` changes with their meaning. */
export const ownRun = {
  format: v.literal(1),
  /** ISO 8601. */
  startedAt: v.string(),
  durationMs: count,
  /** With `+` for local changes; the hash of the content without git. */
  commit: v.string(),
  /** `6.18.0`, and how cgroups are mounted: `hybrid`, `v1`, `v2`. */
  kernel: v.string(),
  cgroups: v.string(),
};

const OwnRun = v.object(ownRun);

export type OwnRun = Readonly<v.InferOutput<typeof OwnRun>>;

/** Of a run in the checkout `project` that ends now. */
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

/** Undefined where there is no such file, or one of another format: then it is not shown. */
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
