// A small matrix for tests.
import { type Cell, type ColumnResult, MATRIX_VERSION, type Matrix } from './results.ts';

export const cell = (id: string, verdict: Cell['verdict'], reason = ''): Cell => ({
  id,
  verdict,
  reason,
  durationMs: 5,
});

/** A column of a guest that completed; `more` replaces fields. */
export const column = (
  kernel: string,
  cells: readonly Cell[],
  more: Partial<ColumnResult> = {},
): ColumnResult => ({
  ...{ kernel, layout: 'v2', release: '6.1.0', accelerator: 'tcg', outcome: 'completed' },
  ...{ reason: '', cells, append: [], packages: [], timing: { wallMs: 1000 } },
  ...more,
});

export const matrix = (...columns: readonly ColumnResult[]): Matrix => ({
  ...{ version: MATRIX_VERSION, startedAt: '2026-01-01T00:00:00.000Z', durationMs: 2000, columns },
  ...{ commit: { id: 'abc', dirty: false }, command: 'npm run matrix' },
});
