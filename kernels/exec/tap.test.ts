// TAP and KTAP as programs print them: names, directives, nesting, and plans that are not kept.
import { describe, expect, it } from 'vitest';
import { isFailure, parseTap } from './tap.ts';

const lines = (...all: readonly string[]) => `${all.join('\n')}\n`;
const tests = (...all: readonly string[]) =>
  parseTap(lines(...all))?.tests.map(({ name, ok, directive, reason }) => [
    name,
    ok,
    directive,
    reason,
  ]);

it('what has neither a version nor a plan is not TAP, whatever its lines begin with', () => {
  expect(parseTap('')).toBeUndefined();
  expect(parseTap('ok, starting\nnot ok either\n')).toBeUndefined();
});

describe('TAP', () => {
  it('has a test a result line, named by its description', () => {
    expect(
      tests('TAP version 13', '1..3', 'ok 1 - opens', 'not ok 2 reads #1', 'ok', 'some other line'),
    ).toEqual([
      ['opens', true, undefined, ''],
      ['reads #1', false, undefined, ''],
      ['test 3', true, undefined, ''],
    ]);
  });

  it('says why in a directive, in YAML, or in diagnostics below', () => {
    const report = parseTap(
      lines(
        ...['1..5', 'ok 1 a # SKIP no root', 'not ok 2 b # todo later', 'not ok 3 c', '  ---'],
        ...["  message: 'got 3'", '  duration_ms: 12.5', '  ...', 'not ok 4 d', '# expected 2'],
        ...['# at d.c:7', 'ok 5 e \\# f'],
      ),
    );
    expect(report?.problems).toEqual([]);
    expect(report?.tests).toMatchObject([
      { name: 'a', directive: 'skip', reason: 'no root' },
      { name: 'b', directive: 'todo', reason: 'later' },
      { name: 'c', reason: 'got 3', durationMs: 12.5 },
      { name: 'd', reason: 'expected 2' },
      { name: 'e # f', reason: '' },
    ]);
    expect(report?.tests.map(isFailure)).toEqual([false, false, true, true, false]);
  });

  it('nests: a result sums up what is indented above it', () => {
    expect(
      tests(
        ...['TAP version 14', '1..2', '# Subtest: one', '    1..2', '    ok 1 - x'],
        ...['    not ok 2 - y', 'not ok 1 - one', 'ok 2 - two'],
      ),
    ).toEqual([
      ['one / x', true, undefined, ''],
      ['one / y', false, undefined, ''],
      ['two', true, undefined, ''],
    ]);
  });

  it('gives each test a name of its own', () => {
    expect(tests('1..2', 'ok 1 same', 'not ok 2 same')?.map(([name]) => name)).toEqual([
      'same',
      'same (2)',
    ]);
  });

  it.each([
    ['a plan not kept', ['1..3', 'ok 1 a'], '3 tests were planned, 1 came'],
    ['no plan', ['TAP version 13', 'ok 1 a'], 'no plan'],
    ['bailing out', ['1..2', 'ok 1 a', 'Bail out! no disk', 'ok 2 b'], 'it bailed out: no disk'],
  ])('says what is wrong as a whole: %s', (_, all, problem) => {
    const report = parseTap(lines(...all));
    expect(report?.problems[0]).toContain(problem);
    expect(report?.tests.map(({ name }) => name)).toEqual(['a']);
  });

  it('that was cut keeps what came before', () => {
    expect(tests('1..2', '    1..2', '    ok 1 x', '    not ok')).toEqual([
      ['x', true, undefined, ''],
      ['test 2', false, undefined, ''],
    ]);
  });

  it('skips as a whole, with the reason', () => {
    expect(parseTap('1..0 # SKIP needs a GPU\n')).toEqual({
      tests: [],
      problems: [],
      skipped: 'needs a GPU',
    });
  });
});

describe('KTAP', () => {
  it('is what KUnit prints: suites, diagnostics before the result', () => {
    expect(
      tests(
        ...['KTAP version 1', '1..1', '  KTAP version 1', '  # Subtest: example', '  1..3'],
        ...['  # add: EXPECTATION FAILED at example.c:29', '  # add: expected 3'],
        ...['  not ok 1 add', '  ok 2 later # SKIP not built', '  ok 3 fine'],
        ...['# example: pass:1 fail:1 skip:1 total:3', '# Totals: pass:1', 'not ok 1 example'],
      ),
    ).toEqual([
      ['example / add', false, undefined, 'add: EXPECTATION FAILED at example.c:29'],
      ['example / later', true, 'skip', 'not built'],
      ['example / fine', true, undefined, ''],
    ]);
  });

  it('has failures of its own in directives, and expected ones that are none', () => {
    const report = parseTap(
      lines('KTAP version 1', '1..3', 'not ok 1 a # TIMEOUT 45 s', 'ok 2 b # XFAIL old', 'ok 3 c'),
    );
    expect(report?.tests.map(isFailure)).toEqual([true, false, false]);
  });

  it('shows a suite that fails though its tests pass, and one whose plan was not kept', () => {
    const report = parseTap(
      lines('KTAP version 1', '1..1', '  1..2', '  ok 1 x', 'not ok 1 suite # exit=139'),
    );
    expect(report?.tests.map(({ name, reason }) => [name, reason])).toEqual([
      ['suite / x', ''],
      ['suite', 'exit=139'],
    ]);
    expect(report?.problems).toEqual(['suite: 2 tests were planned, 1 came']);
  });
});
