import { describe, expect, test } from 'vitest';
import type { Recording } from './model.ts';
import { judge, type TestEnd } from './verdict.ts';

const claim = {
  id: 'NET-03',
  title: 't',
  sentences: ['net-veth'],
  file: 'specs/50-network.spec.ts',
  rerun: 'npm run spec -- NET-03',
};

const recording: Recording = {
  id: 'NET-03',
  finished: true,
  controls: [{ description: 'without', outcome: 'opposite', observed: 'refused' }],
  steps: [{ atMs: 3, text: 'start' }],
  observations: [],
  transcripts: [],
  plans: [],
  series: [],
  artefacts: [],
  startedAt: 5_000,
  durationMs: 70,
  worker: 2,
};

const verdictOf = (end: TestEnd, written?: Recording) => judge(claim, written, end, 1_000);

describe('a verdict', () => {
  test('is proven when the test passed with a control that answered the opposite', () => {
    const evidence = verdictOf({ state: 'passed', durationMs: 71.6 }, recording);
    expect(evidence).toMatchObject({
      verdict: 'proven',
      startedAtMs: 4_000,
      durationMs: 72,
      worker: 2,
      control: { outcome: 'opposite' },
    });
    expect(evidence).not.toHaveProperty('failure');
  });

  test('is proven without a control only if the requirement says why', () => {
    const evidence = verdictOf(
      { state: 'passed' },
      { ...recording, controls: [], controlFree: 'nothing to compare with' },
    );
    expect(evidence).toMatchObject({
      verdict: 'proven',
      control: { outcome: 'not-run', description: 'nothing to compare with' },
    });
  });

  test('of a skipped test is not-proven-here when the missing feature is named', () => {
    expect(
      verdictOf(
        { state: 'skipped' },
        { ...recording, missing: { verdict: 'not-proven-here', what: 'cpuset' } },
      ),
    ).toMatchObject({
      verdict: 'not-proven-here',
      missing: 'cpuset',
    });
  });

  test.each<[string, TestEnd, Recording | undefined, RegExp]>([
    [
      'a failed test',
      { state: 'failed', failure: 'expected 1 to be 2' },
      recording,
      /expected 1 to be 2/,
    ],
    [
      'a test that did not run',
      { state: 'missing' },
      undefined,
      /no evidence: the test did not run/,
    ],
    [
      'a test that died on the way',
      { state: 'missing', failure: 'worker exited' },
      { ...recording, finished: false },
      /did not finish: worker exited/,
    ],
    ['a passed test that recorded nothing', { state: 'passed' }, undefined, /recorded nothing/],
    [
      'a green test whose recording has no end',
      { state: 'passed' },
      { ...recording, finished: false },
      /no end/,
    ],
    [
      'a green test without a control',
      { state: 'passed' },
      { ...recording, controls: [] },
      /no control answered the opposite/,
    ],
    [
      'a green test whose only control was not run',
      { state: 'passed' },
      { ...recording, controls: [{ description: 'd', outcome: 'not-run', observed: '' }] },
      /no control/,
    ],
    [
      'a green test of which one control answered the same',
      { state: 'passed' },
      {
        ...recording,
        controls: [...recording.controls, { description: 'd', outcome: 'same', observed: 'o' }],
      },
      /answered the same/,
    ],
    ['a skipped test that names nothing', { state: 'skipped' }, recording, /without naming/],
    ['a skipped test that wrote nothing', { state: 'skipped' }, undefined, /without naming/],
  ])('is refuted for %s', (_, end, written, why) => {
    const evidence = verdictOf(end, written);
    expect(evidence.verdict).toBe('refuted');
    expect(evidence.failure).toMatch(why);
    expect(evidence).not.toHaveProperty('missing');
  });

  test('puts the control that decides first', () => {
    const controls = [
      ...recording.controls,
      { description: 'second', outcome: 'same', observed: 'o' } as const,
    ];
    const evidence = verdictOf({ state: 'failed', failure: 'f' }, { ...recording, controls });
    expect(evidence.control?.description).toBe('second');
    expect(evidence.furtherControls).toEqual(recording.controls);
  });
});
