import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { FaultReport, FaultTable } from '../table/table.ts';
import { addedTo, hasProblems } from './report.ts';
import { summary } from './summary.ts';

function tableOf(id: FaultTable['id'], outcomes: readonly string[]): FaultTable {
  return {
    ...{ id, title: id, about: '', population: 9, scenarios: ['shell', 'exec'] },
    outcomes: [
      { id: 'fine', title: 'went on', verdict: 'right' },
      { id: 'hang', title: 'hang', verdict: 'wrong' },
      { id: 'engine', title: 'Node', verdict: 'apart' },
    ],
    cases: outcomes.map((outcome, index) => ({
      ...{ id: `${id}:${index}`, scenario: 'shell', outcome, problems: [] },
      ...{ exitCode: 0, signal: null, durationMs: 1, message: 'a\nb', left: [], leftAfterGc: [] },
    })),
  };
}

function reportOf(commit: string, tables: readonly FaultTable[]): FaultReport {
  const startedAt = '2026-01-02T03:04:05.000Z';
  const host = { kernel: '6.12.0', cgroups: 'v2' };
  return { format: 1, startedAt, durationMs: 5, commit, ...host, seed: 1, tables };
}

it('a table is wrong by its wrong cases, not by those that are apart', () => {
  expect(hasProblems(tableOf('faults', ['fine', 'engine']))).toBe(false);
  expect(hasProblems(tableOf('faults', ['fine', 'hang']))).toBe(true);
});

it('a summary counts each outcome, and lists wrong and apart cases', () => {
  const lines = summary(tableOf('faults', ['fine', 'fine', 'hang', 'engine']));
  expect(lines[0]).toBe('faults: 4 of 9');
  expect(lines[1]?.split(/ {2,}/)).toEqual(['', 'went on', 'hang', 'Node']);
  expect(lines[2]?.split(/ {2,}/)).toEqual(['shell', '2', '1', '1']);
  expect(lines.slice(4, 6)).toEqual(['  wrong faults:2 (hang): a', '  apart faults:3 (Node): a']);
});

it('other tables of the same commit are kept, a table of the same kind is not', () => {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-tables-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'faults.json');
  const kinds = (report: FaultReport) => report.tables.map(({ id, cases }) => [id, cases.length]);
  const fresh = reportOf('a', [tableOf('load', ['fine'])]);
  expect(kinds(addedTo(file, fresh))).toEqual([['load', 1]]);
  const before = reportOf('a', [tableOf('faults', ['fine']), tableOf('load', [])]);
  writeFileSync(file, JSON.stringify(before));
  expect(kinds(addedTo(file, fresh))).toEqual([
    ['faults', 1],
    ['load', 1],
  ]);
  expect(addedTo(file, fresh).durationMs).toBe(10);
  expect(kinds(addedTo(file, { ...fresh, commit: 'b' }))).toEqual([['load', 1]]);
});
