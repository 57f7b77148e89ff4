// Cells are never missing, and comparisons tell worse from better.
import { describe, expect, it } from 'vitest';
import { ktap, matrixCtrf, matrixJunit } from '../report/formats.ts';
import { cell, column, matrix } from './example-matrix.ts';
import { cellsOf, compareMatrices, disagreements, hasRegressed } from './results.ts';

describe('cells', () => {
  it('of a guest that died are all red, with its reason', () => {
    expect(
      cellsOf(['NS-01', 'NS-02'], undefined, { kind: 'panic', reason: 'the kernel panicked: x' }),
    ).toEqual([
      { id: 'NS-01', verdict: 'refuted', reason: 'the kernel panicked: x', durationMs: 0 },
      { id: 'NS-02', verdict: 'refuted', reason: 'the kernel panicked: x', durationMs: 0 },
    ]);
  });

  it('that the evidence forgot are red', () => {
    expect(cellsOf(['NS-01'], undefined, { kind: 'completed', reason: '' })[0]?.reason).toContain(
      'no evidence',
    );
  });
});

describe('a comparison', () => {
  const before = matrix(
    column('a', [cell('X-1', 'proven'), cell('X-2', 'proven'), cell('X-3', 'refuted')]),
    column('b', [cell('X-1', 'proven')]),
  );

  it('tells what is worse from what is better, column by column', () => {
    const now = matrix(
      column('a', [
        cell('X-1', 'refuted', 'why'),
        cell('X-2', 'not-proven-here', 'no veth'),
        cell('X-3', 'proven'),
      ]),
    );
    const compared = compareMatrices(before, now);
    expect(compared.newlyRefuted).toEqual([
      { column: 'a/v2', id: 'X-1', was: 'proven', is: 'refuted', reason: 'why' },
    ]);
    expect(compared.noLongerProvable.map(({ id }) => id)).toEqual(['X-2']);
    expect(compared.newlyProven.map(({ id }) => id)).toEqual(['X-3']);
    expect(compared.notRun).toEqual(['b/v2']);
    expect(hasRegressed(compared)).toBe(true);
  });

  it('is no regression when nothing changed, or when something new was looked at', () => {
    expect(hasRegressed(compareMatrices(before, before))).toBe(false);
    expect(
      hasRegressed(compareMatrices(before, matrix(column('a', [cell('Y-1', 'refuted')])))),
    ).toBe(false);
  });

  it('finds on what the columns do not agree', () => {
    expect(
      disagreements(
        matrix(
          column('a', [cell('X-1', 'proven'), cell('X-2', 'proven')]),
          column('b', [cell('X-1', 'refuted'), cell('X-2', 'proven')]),
        ),
      ),
    ).toEqual(['X-1']);
  });
});

describe('for other programs', () => {
  const run = matrix(
    column('a', [
      cell('X-1', 'proven'),
      cell('X-2', 'refuted', 'not <as> said #1'),
      cell('X-3', 'not-proven-here', 'a kernel without veth'),
    ]),
  );

  it('JUnit has a suite a column', () => {
    const xml = matrixJunit(run);
    expect(xml).toContain('<testsuite name="a/v2" tests="3" failures="1" errors="0" skipped="1"');
    expect(xml).toContain('<failure message="not &lt;as&gt; said #1"/>');
    expect(xml).toContain('<skipped message="not proven here: a kernel without veth"/>');
  });

  it('CTRF counts alike', () => {
    expect(JSON.parse(matrixCtrf(run)).results.summary).toMatchObject({
      tests: 3,
      passed: 1,
      failed: 1,
      skipped: 1,
    });
  });

  it('KTAP nests the requirements under their column, and no reason begins a directive', () => {
    expect(ktap(run).split('\n')).toEqual([
      ...[
        'KTAP version 1',
        '1..1',
        '  KTAP version 1',
        '  1..3',
        '  ok 1 X-1',
        '  not ok 2 X-2',
        '  # X-2: not <as> said 1',
      ],
      ...['  ok 3 X-3 # SKIP a kernel without veth', 'not ok 1 a/v2', ''],
    ]);
  });
});
