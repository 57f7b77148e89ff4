// A program's own verdict for each of its tests, and one for itself: exit code, plan, time.
import { describe, expect, it } from 'vitest';
import type { Program, ProgramEnd } from '../exec/program.ts';
import { execCells, outcomeOfProgram, withMissingCells } from './exec-cells.ts';
import type { ColumnResult } from './results.ts';

const program: Program = {
  ...{ name: 'my-tests', args: [], interpreter: '/bin/sh', files: [], digest: '' },
};
const DONE = { kind: 'completed', reason: '' } as const;
const end = (stdout: string, more: Partial<ProgramEnd> = {}): ProgramEnd => ({
  ...{ exitCode: 0, timedOut: false, durationMs: 7, stdout, stderr: '' },
  ...more,
});
const cells = (ended: ProgramEnd, outcome = outcomeOfProgram(program, ended, DONE, 20)) =>
  execCells(program, ended, outcome).map(({ id, verdict, reason }) => [id, verdict, reason]);

describe('without TAP', () => {
  it.each([
    ['0 proves it', {}, 'proven', ''],
    ['another refutes it', { exitCode: 3 }, 'refuted', 'exit code 3'],
    [
      'what it said last',
      { exitCode: 3, stderr: 'a\nno b\n' },
      'refuted',
      'exit code 3; standard error ends: no b',
    ],
    ['a signal', { exitCode: 139 }, 'refuted', 'ended by SIGSEGV (exit code 139)'],
    ['no exit code', { exitCode: undefined }, 'refuted', 'its exit code did not arrive'],
  ])('the exit code decides: %s', (_, more, verdict, reason) => {
    expect(cells(end('hello\n', more))).toEqual([['my-tests', verdict, reason]]);
  });

  it('says what may be missing where a script did not run', () => {
    expect(cells(end('', { exitCode: 127, stderr: 'not found' }))[0]?.[2]).toMatch(
      /^exit code 127: is \/bin\/sh there\? guests have/,
    );
  });
});

describe('with TAP', () => {
  it('has a cell a test, and one for the program', () => {
    const said = '1..4\nok 1 a\nnot ok 2 b\n# why\nok 3 c # SKIP no GPU\nnot ok 4 d # TODO soon\n';
    expect(cells(end(said, { exitCode: 1 }))).toEqual([
      ['a', 'proven', ''],
      ['b', 'refuted', 'why'],
      ['c', 'not-proven-here', 'no GPU'],
      ['d', 'not-proven-here', 'todo: soon'],
      ['my-tests', 'refuted', 'exit code 1'],
    ]);
  });

  it('that is not whole refutes the program, whatever its exit code', () => {
    expect(cells(end('1..2\nok 1 a\n'))).toEqual([
      ['a', 'proven', ''],
      ['my-tests', 'refuted', '2 tests were planned, 1 came'],
    ]);
  });

  it('that skips all is not proven here, with kselftest’s exit code as well', () => {
    for (const exitCode of [0, 4])
      expect(cells(end('1..0 # SKIP needs a GPU\n', { exitCode }))).toEqual([
        ['my-tests', 'not-proven-here', 'needs a GPU'],
      ]);
    expect(cells(end('1..0 # SKIP needs a GPU\n', { exitCode: 1 }))[0]?.[1]).toBe('refuted');
    expect(cells(end('', { exitCode: 4 }))[0]?.[1]).toBe('refuted');
  });

  it('and a test of the program’s own name has two cells', () => {
    expect(cells(end('1..1\nok 1 my-tests\n')).map(([id]) => id)).toEqual([
      'my-tests',
      'my-tests (the program)',
    ]);
  });
});

describe('a run that did not complete', () => {
  const said = end('1..2\nok 1 a\n', { exitCode: 143, timedOut: true });

  it('is a time-out when the program was ended for it; what it said before stands', () => {
    const reason = 'my-tests did not end within 20 s; its last line was: ok 1 a';
    expect(outcomeOfProgram(program, said, DONE, 20)).toEqual({ kind: 'timeout', reason });
    expect(cells(said)).toEqual([
      ['a', 'proven', ''],
      ['my-tests', 'refuted', reason],
    ]);
  });

  it('is what the guest died of, and proves nothing when its kernel stumbled', () => {
    const panic = { kind: 'panic', reason: 'the kernel panicked: x' } as const;
    const outcome = outcomeOfProgram(program, said, panic, 20);
    expect(outcome).toBe(panic);
    expect(cells(said, outcome)[0]).toEqual(['a', 'proven', '']);
    expect(cells(said, { kind: 'oops', reason: 'BUG' })).toEqual([
      ['a', 'refuted', 'BUG'],
      ['my-tests', 'refuted', 'BUG'],
    ]);
  });

  it('has a red cell for what only others reported', () => {
    const column = (kernel: string, ended: ProgramEnd): ColumnResult => {
      const outcome = outcomeOfProgram(program, ended, DONE, 20);
      return {
        ...{ kernel, layout: 'v2', release: '', accelerator: 'tcg', append: [], packages: [] },
        ...{ outcome: outcome.kind, reason: outcome.reason, timing: { wallMs: 1 } },
        cells: execCells(program, ended, outcome),
      };
    };
    const whole = column('a', end('1..2\nok 1 a\nok 2 b\n'));
    const fewer = column('b', end('1..1\nok 1 a\n'));
    const [first, second, third] = withMissingCells([whole, fewer, column('c', said)]);
    expect(first).toBe(whole);
    expect(second).toBe(fewer);
    expect(third?.cells.find(({ id }) => id === 'b')).toMatchObject({
      ...{ verdict: 'refuted', reason: third?.reason },
    });
  });
});
