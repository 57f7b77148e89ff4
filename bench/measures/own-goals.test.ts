// The times of whole suites, from the evidence that they leave.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { suiteGoals } from './own-goals.ts';

function goalsOf(verify: object | undefined, tests?: object) {
  const root = mkdtempSync(join(tmpdir(), 'terrarium-goals-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'reports/out/test'), { recursive: true });
  const started = { startedAt: '2026-01-02T03:04:05.000Z' };
  const write = (directory: string, evidence: object | undefined) =>
    evidence &&
    writeFileSync(
      join(root, directory, 'evidence.json'),
      JSON.stringify({ ...started, ...evidence }),
    );
  write('reports/out', verify);
  write('reports/out/test', tests);
  return suiteGoals(root).map(({ goal, verdict }) => [goal, verdict]);
}

test.each([
  ['the released executable', 19_000, 20, 'met'],
  ['the released executable, one of each topic from the sources', 21_000, 20, 'missed'],
  ['the command from its sources', 34_000, 35, 'met'],
])('a verify of %s that takes %i ms: %i s are %s', (program, durationMs, goal, verdict) => {
  const verify = { command: 'sudo npm run verify', program, durationMs };
  const tests = { command: 'npm run test', program, durationMs: 61_000 };
  expect(goalsOf(verify, tests)).toEqual([
    [goal, verdict],
    [60, 'missed'],
  ]);
});

test('a run of some tests, or none, is no measurement', () => {
  const some = { command: 'npm run verify -- -t NS-01', program: '', durationMs: 100 };
  expect(goalsOf(some).map(([, verdict]) => verdict)).toEqual(['not measured', 'not measured']);
});
