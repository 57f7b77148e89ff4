// Whether a run of the requirements on a subject ended as it must: what is expected refuted is, and
// nothing else.
import type { Verdict } from '../../harness/evidence/model.ts';

export interface Expected {
  /** Of all that are run, these and no other. */
  readonly refuted: readonly string[];
  /** Those that it has no excuse for. */
  readonly proven: readonly string[];
  /** These must be that, for the subject does not come up. */
  readonly setUpFailed?: readonly string[];
}

/** What a run on several subjects leaves. */
export interface SubjectsRun {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly subjects: readonly {
    readonly name: string;
    readonly verdicts: Readonly<Record<string, Verdict>>;
    readonly differences: readonly string[];
  }[];
}

/** One line for each requirement that ended otherwise; none when all is as it must be. */
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
