// The changes between two runs. Pure; ignores requirements that one of them did not select.
import type { Evidence, Verdict } from './model.ts';

export interface Change {
  readonly id: string;
  readonly title: string;
  readonly was: Verdict | 'absent';
  readonly is: Verdict;
}

export interface Comparison {
  readonly baselineStartedAt: string;
  readonly baselineCommit: string;
  /** Worse: fails the run now, and was not refuted before. */
  readonly newlyRefuted: readonly Change[];
  /** Worse: proven before, and this host or subject cannot prove it. */
  readonly noLongerProvable: readonly Change[];
  readonly newlyProven: readonly Change[];
  /** In the baseline, but not selected in this run. */
  readonly notLookedAt: readonly string[];
}

export function compare(baseline: Evidence, current: Evidence): Comparison {
  const before = new Map(baseline.requirements.map(({ id, verdict }) => [id, verdict]));
  const now = new Set(current.requirements.map(({ id }) => id));
  const changes = current.requirements
    .map(
      ({ id, title, verdict }): Change => ({
        id,
        title,
        was: before.get(id) ?? 'absent',
        is: verdict,
      }),
    )
    .filter(({ was, is }) => was !== is);
  return {
    baselineStartedAt: baseline.startedAt,
    baselineCommit: baseline.commit.id,
    newlyRefuted: changes.filter(
      ({ was, is }) => is === 'refuted' || (is === 'set-up-failed' && was !== 'refuted'),
    ),
    noLongerProvable: changes.filter(
      ({ was, is }) => was === 'proven' && (is === 'not-proven-here' || is === 'unsupported'),
    ),
    newlyProven: changes.filter(({ is }) => is === 'proven'),
    notLookedAt: baseline.requirements.map(({ id }) => id).filter((id) => !now.has(id)),
  };
}

/** Whether something proven before is no longer proven. */
export function hasRegressed(comparison: Comparison): boolean {
  return comparison.newlyRefuted.length > 0 || comparison.noLongerProvable.length > 0;
}
