// Makes a requirement's evidence from a test's recording and result. Pure: the only place that
// makes verdicts.
import type { Control, Recording, RequirementEvidence, Verdict } from './model.ts';

/** The runner's result of a test; `missing` if it did not run, or its worker died. */
export interface TestEnd {
  readonly state: 'passed' | 'failed' | 'skipped' | 'missing';
  /** Message and diff of the first failed assertion, or why there is no result. */
  readonly failure?: string;
  readonly durationMs?: number;
}

/** A requirement's properties that are known without running it. */
export interface Claim {
  readonly id: string;
  readonly title: string;
  readonly sentences: readonly string[];
  readonly file: string;
  readonly rerun: string;
}

/** Whether this verdict fails a run. */
export function hasFailed({ verdict }: { readonly verdict: Verdict }): boolean {
  return verdict === 'refuted' || verdict === 'set-up-failed';
}

/** `runStart`: milliseconds since the epoch. */
export function judge(
  claim: Claim,
  recording: Recording | undefined,
  end: TestEnd,
  runStart: number,
): RequirementEvidence {
  const { verdict, failure } = ruling(recording, end);
  const [control, ...furtherControls] = controlsOf(recording);
  return {
    id: claim.id,
    title: claim.title,
    sentences: claim.sentences,
    verdict,
    ...(recording?.missing?.verdict === verdict ? { missing: recording.missing.what } : {}),
    ...(failure === undefined ? {} : { failure }),
    ...(control === undefined ? {} : { control }),
    furtherControls,
    steps: recording?.steps ?? [],
    observations: recording?.observations ?? [],
    // In the order in which their terminals closed: the control's often first.
    transcripts: (recording?.transcripts ?? []).toSorted(
      (a, b) => Number(a.role === 'control') - Number(b.role === 'control'),
    ),
    plans: recording?.plans ?? [],
    series: recording?.series ?? [],
    artefacts: recording?.artefacts ?? [],
    startedAtMs: recording === undefined ? 0 : Math.max(0, recording.startedAt - runStart),
    durationMs: Math.round(end.durationMs ?? recording?.durationMs ?? 0),
    worker: recording?.worker ?? 0,
    rerun: claim.rerun,
    file: claim.file,
  };
}

function ruling(
  recording: Recording | undefined,
  end: TestEnd,
): { verdict: Verdict; failure?: string } {
  const refuted = (failure: string) => ({ verdict: 'refuted', failure }) as const;
  switch (end.state) {
    case 'failed': {
      const failure = end.failure ?? 'failed without a message';
      return recording?.missing?.verdict === 'set-up-failed'
        ? { verdict: 'set-up-failed', failure }
        : refuted(failure);
    }
    case 'missing':
      return refuted(
        recording === undefined
          ? `no evidence: ${end.failure ?? 'the test did not run'}`
          : `no evidence: the test did not finish${end.failure === undefined ? '' : `: ${end.failure}`}`,
      );
    case 'skipped':
      return recording?.missing === undefined || recording.missing.verdict === 'set-up-failed'
        ? refuted('no evidence: skipped without naming what this host lacks')
        : { verdict: recording.missing.verdict };
    case 'passed':
      return passed(recording, refuted);
  }
}

/**
 * A passed test is not yet a proof: it needs a complete recording, with a control that answered the
 * opposite.
 */
function passed(
  recording: Recording | undefined,
  refuted: (failure: string) => { verdict: Verdict; failure: string },
) {
  if (recording === undefined) return refuted('no evidence: the test passed but recorded nothing');
  if (!recording.finished) return refuted('no evidence: the recording has no end');
  const flaw = flawOf(recording.controls, recording.controlFree);
  return flaw === undefined ? ({ verdict: 'proven' } as const) : refuted(flaw);
}

/** Why controls prove nothing; undefined if one answered the opposite and none the same. */
export function flawOf(controls: readonly Control[], controlFree?: string): string | undefined {
  const same = controls.find(({ outcome }) => outcome === 'same');
  if (same)
    return `the control answered the same, so nothing is proven: ${same.description}: ${same.observed}`;
  const opposite = controls.some(({ outcome }) => outcome === 'opposite');
  return opposite || controlFree !== undefined
    ? undefined
    : 'no control answered the opposite, so nothing is proven';
}

/** The control that decides comes first: one that failed, else one that answered the opposite. */
function controlsOf(recording: Recording | undefined): readonly Control[] {
  if (recording === undefined) return [];
  if (recording.controls.length === 0) {
    return recording.controlFree === undefined
      ? []
      : [{ description: recording.controlFree, outcome: 'not-run', observed: '' }];
  }
  const order = { same: 0, opposite: 1, 'not-run': 2 };
  return recording.controls.toSorted((a, b) => order[a.outcome] - order[b.outcome]);
}
