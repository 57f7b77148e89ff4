import { describe, expect, it } from 'vitest';
import { type Evidence, judge } from './judge.ts';

const POINT = { role: 'runtime', call: 'openat', nth: 3 };
const REFUSED = 'terrarium: open /x: EMFILE, too many open files\n  hint: raise ulimit -n\n';

function evidence(
  observed: Partial<Evidence['observed']>,
  rest: Partial<Omit<Evidence, 'observed'>> = {},
): Evidence {
  return {
    point: POINT,
    observed: {
      exitCode: 125,
      signal: null,
      hung: false,
      stdout: '',
      stderr: REFUSED,
      injected: { path: '/x', by: 'libc.so.6 node' },
      fatal: undefined,
      ...observed,
    },
    right: false,
    left: [],
    leftAfterGc: [],
    harm: [],
    ...rest,
  };
}

const abort = (by: string) => ({
  exitCode: null,
  signal: 'SIGABRT',
  stderr: '',
  fatal: { signal: 'SIGABRT', by },
});

describe('a case is right', () => {
  it('when the command continues, or refuses with a reason and leaves nothing', () => {
    expect(judge(evidence({ exitCode: 7, stderr: '' }, { right: true }))).toEqual({
      outcome: 'unaffected',
      problems: [],
    });
    for (const exitCode of [125, 126, 127])
      expect(judge(evidence({ exitCode })).outcome).toBe('refused');
  });

  it('when gc removes the leftovers, counted separately', () => {
    expect(judge(evidence({}, { left: ['cgroup /a'] })).outcome).toBe('undone');
  });
});

describe('a case is wrong', () => {
  it.each<[string, Evidence, string]>([
    ['a hang', evidence({ exitCode: null, hung: true }), 'hang'],
    ['an abort of ours', evidence(abort('libc.so.6 terrarium.node node')), 'abort'],
    ['something after gc', evidence({}, { left: ['x'], leftAfterGc: ['x'] }), 'left'],
    ['another exit status', evidence({ exitCode: 1 }), 'result'],
    ['a container that is harmed', evidence({}, { harm: ['gone with it: x'] }), 'result'],
    ['a stack', evidence({ stderr: `${REFUSED}    at run (file:///a.ts:1:2)\n` }), 'words'],
    ['a stack as a hint', evidence({ stderr: `${REFUSED}  hint: at a (node:fs:5:6)\n` }), 'words'],
    ['silence', evidence({ stderr: '' }), 'words'],
    ['"unexpected"', evidence({ stderr: 'terrarium: unexpected Error: x\n' }), 'words'],
  ])('by %s', (_name, given, outcome) => {
    const judgement = judge(given);
    expect(judgement.outcome).toBe(outcome);
    expect(judgement.problems).not.toEqual([]);
  });
});

describe('a case is counted apart', () => {
  const at = (role: string) => ({ point: { ...POINT, role } });

  it('when the engine ends the process, and not when the stack has our addon', () => {
    expect(judge(evidence(abort('libc.so.6 node'))).outcome).toBe('engine');
    expect(judge(evidence({ exitCode: 1, stderr: '' }, at('engine'))).outcome).toBe('engine');
    expect(judge(evidence(abort('libc.so.6 node'), at('engine/V8Worker'))).outcome).toBe('engine');
    expect(judge(evidence(abort('node terrarium.node node'))).outcome).toBe('abort');
  });

  it('when the loader or sh ends it, but not when our words are wrong', () => {
    expect(judge(evidence({ exitCode: 127, stderr: '' }, at('launcher'))).outcome).toBe('launcher');
    const stack = { stderr: `${REFUSED}    at run (file:///a.ts:1:2)\n` };
    expect(judge(evidence(stack, at('engine'))).outcome).toBe('words');
  });

  it('when the call was not reached, unless it hangs', () => {
    expect(judge(evidence({ injected: undefined })).outcome).toBe('missed');
    expect(judge(evidence({ injected: undefined, hung: true })).outcome).toBe('hang');
  });
});
