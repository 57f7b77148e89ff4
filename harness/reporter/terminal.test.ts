import { expect, test } from 'vitest';
import { sampleBaseline, sampleEvidence } from '../../reports/sample.ts';
import { compare } from '../evidence/compare.ts';
import { Terminal } from './terminal.ts';

/** EL: from the cursor to the end of the line. */
const ERASE = '\u001b[K';

function capture(environment: Readonly<Record<string, string>>, isTTY = false) {
  const written: string[] = [];
  const terminal = new Terminal(
    { write: (text) => written.push(text), isTTY, columns: 60 },
    environment,
  );
  return { terminal, text: () => written.join('') };
}

test('the summary names failures, their reruns, leftovers, changes, counts and the report', () => {
  const { terminal, text } = capture({});
  const evidence = sampleEvidence();
  terminal.summary(evidence, compare(sampleBaseline(), evidence), 'reports/out/report.html');
  const lines = text();
  expect(lines).toMatch(/✗ NET-03 — what number 03[^\n]*\n {4}expected '198\.18\.0\.1'/);
  expect(lines).toContain('rerun: sudo npm run spec -- NET-03');
  expect(lines).toContain('! left by this run: 2 cgroups');
  expect(lines).toContain('NET-03 newly refuted (was proven)');
  expect(lines).toContain('LIM-04 no longer provable');
  expect(lines).toContain(
    `${sampleEvidence().requirements.length - 3} proven · 2 refuted · 1 not proven here · 412 unit tests passed, 1 failed`,
  );
  expect(lines.trimEnd().endsWith('report  reports/out/report.html')).toBe(true);
});

test('a verdict says what cannot be proven, and why', () => {
  const { terminal, text } = capture({});
  terminal.verdict({
    id: 'LIM-04',
    title: 'a set',
    verdict: 'not-proven-here',
    missing: 'cpuset',
    durationMs: 1500,
  });
  expect(text()).toBe('– LIM-04    a set — not proven here: cpuset 1.5 s\n');
});

test.each([
  ['a tty', {}, true, true],
  ['a tty with NO_COLOR', { NO_COLOR: '1' }, true, false],
  ['a tty that is dumb', { TERM: 'dumb' }, true, false],
  ['a pipe', {}, false, false],
  ['a pipe with FORCE_COLOR', { FORCE_COLOR: '1' }, false, true],
  ['a dumb tty with FORCE_COLOR', { FORCE_COLOR: '1', TERM: 'dumb' }, true, true],
  ['a pipe with an empty FORCE_COLOR', { FORCE_COLOR: '' }, false, false],
  ['a tty with FORCE_COLOR=0', { FORCE_COLOR: '0' }, true, false],
  ['a tty with both', { FORCE_COLOR: '1', NO_COLOR: '1' }, true, false],
])('colours on %s', (_, environment, isTTY, coloured) => {
  const { terminal, text } = capture(environment, isTTY);
  terminal.failed('title', 'why');
  expect(text().includes('\u001b[31m')).toBe(coloured);
});

test('the status line is one line of a tty, rewritten around other output', () => {
  const { terminal, text } = capture({ NO_COLOR: '1' }, true);
  terminal.showStatus(
    '3/80 · running NET-03 and much more than fits into one line of this terminal',
  );
  terminal.line('✓ NET-02');
  terminal.showStatus('');
  const status =
    '3/80 · running NET-03 and much more than fits into one line of this terminal'.slice(0, 59);
  expect(text()).toBe(`\r${ERASE}${status}\r${ERASE}✓ NET-02\n${status}\r${ERASE}`);
  const pipe = capture({});
  pipe.terminal.showStatus('3/80');
  expect(pipe.text()).toBe('');
});
