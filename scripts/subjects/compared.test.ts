import { expect, test } from 'vitest';
import type { Verdict } from '../../harness/evidence/model.ts';
import { differences } from './compared.ts';

const verdicts = (found: Record<string, Verdict>) => new Map(Object.entries(found));
const expected = { refuted: ['NET-01'], proven: ['NS-01'] };

test('as expected: the declared ones refuted, the rest proven or not proven here', () => {
  expect(
    differences(
      expected,
      verdicts({ 'NET-01': 'refuted', 'NS-01': 'proven', 'PS-04': 'unsupported' }),
    ),
  ).toEqual([]);
  expect(
    differences(expected, verdicts({ 'NET-01': 'refuted', 'NS-01': 'not-proven-here' })),
  ).toEqual([]);
});

test('a failed set-up refutes nothing, and is a verdict of its own', () => {
  expect(
    differences(expected, verdicts({ 'NET-01': 'set-up-failed', 'NS-01': 'set-up-failed' })),
  ).toEqual(['NET-01 is not refuted: set-up-failed', 'NS-01 is set-up-failed']);
});

test('a subject that does not come up: set-up failed, and nothing else', () => {
  const broken = { refuted: [], proven: [], setUpFailed: ['NS-01', 'NS-02', 'NS-03'] };
  expect(differences(broken, verdicts({ 'NS-01': 'set-up-failed', 'NS-02': 'refuted' }))).toEqual([
    'NS-03 was not run',
    'NS-02 is not set-up-failed: refuted',
  ]);
});

test('too much, too little and not at all', () => {
  expect(
    differences(
      expected,
      verdicts({ 'NET-01': 'proven', 'NS-01': 'unsupported', 'NS-02': 'refuted' }),
    ),
  ).toEqual(['NET-01 is not refuted: proven', 'NS-01 is unsupported', 'NS-02 is refuted']);
  expect(differences(expected, verdicts({}))).toEqual(['NET-01 was not run', 'NS-01 was not run']);
});
