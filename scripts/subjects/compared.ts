// Whether a run of the requirements on a subject has the expected verdicts.
import type { Verdict } from '../../harness/evidence/model.ts';

export interface Expected {
  /** Of all that run, only these. */
  readonly refuted: readonly string[];
  /** Those that must be proven. */
  readonly proven: readonly string[];
  /** These must be *set-up failed*, since the subject does not start. */
  readonly setUpFailed?: readonly string[];
}

/** The result of a run on several subjects. */
export interface SubjectsRun {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly subjects: readonly {
    readonly name: string;
    readonly verdicts: Readonly<Record<string, Verdict>>;
    readonly differences: readonly string[];
  }[];
}

/** One line for each unexpected verdict; none if all are as expected. */
export function differences(
  { refuted, proven, setUpFailed = [] }: Expected,
  verdicts: ReadonlyMap<string, Verdict>,
): string[] {
  const missing = [...refuted, ...proven, ...setUpFailed].filter((id) => !verdicts.has(id));
  return [
    ...missing.map((id) => `${id} was not run`),
    ...[...verdicts].flatMap(([id, verdict]) => {
      if (setUpFailed.includes(id))
        return verdict === 'set-up-failed' ? [] : [`${id} is not set-up-failed: ${verdict}`];
      if (refuted.includes(id))
        return verdict === 'refuted' ? [] : [`${id} is not refuted: ${verdict}`];
      if (verdict === 'refuted' || verdict === 'set-up-failed') return [`${id} is ${verdict}`];
      return verdict === 'unsupported' && proven.includes(id) ? [`${id} is unsupported`] : [];
    }),
  ];
}
