// An interrupted matrix goes on: the same inputs find what was finished, others do not.
import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import type { ColumnResult } from './results.ts';
import { FinishedColumns } from './resume.ts';

const column = (kernel: string, layout: ColumnResult['layout']): ColumnResult => ({
  ...{ kernel, layout, release: '6.1', accelerator: 'tcg', outcome: 'completed', reason: '' },
  ...{ cells: [], append: [], packages: [], timing: { wallMs: 1 } },
});

test('a finished column is found again by the same inputs, until the matrix is done', () => {
  const inputs = { run: randomUUID(), columns: ['debian-6.1/v2', 'debian-6.1/v1'] };
  const first = new FinishedColumns(inputs, false);
  onTestFinished(() => first.clear());
  first.add(column('debian-6.1', 'v2'));
  first.add(column('host', 'hybrid'));

  const second = new FinishedColumns(structuredClone(inputs), false);
  expect(second.get('debian-6.1/v2')).toEqual(column('debian-6.1', 'v2'));
  expect(second.get('host')?.layout).toBe('hybrid');
  expect(second.get('debian-6.1/v1')).toBeUndefined();

  const other = new FinishedColumns({ ...inputs, columns: ['debian-6.1/v2'] }, false);
  onTestFinished(() => other.clear());
  expect(other.get('debian-6.1/v2')).toBeUndefined();

  second.clear();
  expect(new FinishedColumns(inputs, false).get('debian-6.1/v2')).toBeUndefined();
});

test('a fresh run forgets it', () => {
  const inputs = { run: randomUUID() };
  const first = new FinishedColumns(inputs, false);
  onTestFinished(() => first.clear());
  first.add(column('debian-6.1', 'v2'));
  expect(new FinishedColumns(inputs, true).get('debian-6.1/v2')).toBeUndefined();
});
