import { describe, expect, test } from 'vitest';
import { OPTIONS } from './index.ts';
import { LIMIT_OPTIONS, LIMITS } from './limits.ts';
import { type Flag, HEADINGS, type Operand } from './option.ts';

const all: readonly (Flag | Operand)[] = Object.values(OPTIONS).map(({ declared }) => declared);
const flags = all.filter((declared) => 'flag' in declared);

describe('declarations', () => {
  test('no two have a flag in common', () => {
    const typed = flags.flatMap(({ flag, opposite }) =>
      [flag, opposite?.flag ?? ''].join(' ').match(/(?<=^| |,)--?[a-z-]+/gi),
    );
    expect(typed.length).toBeGreaterThan(30);
    expect(new Set(typed).size).toBe(typed.length);
  });

  test('each has a flag or stands alone, and a heading of the help', () => {
    expect(
      all
        .map((declared) => ('flag' in declared ? '' : declared.operand))
        .join(' ')
        .trim(),
    ).toBe('<rootfs> <hostname> [command...]');
    expect(flags.filter(({ heading }) => !HEADINGS.includes(heading))).toEqual([]);
  });

  test('lists are repeatable, and say so', () => {
    const lists = flags.filter(({ repeatable }) => repeatable);
    expect(lists.length).toBeGreaterThan(5);
    expect(lists.filter(({ help }) => !help.endsWith('(repeatable)'))).toEqual([]);
  });

  test('a limit is under its heading, and nothing else is', () => {
    const limits = Object.entries(OPTIONS).filter(
      ([, { declared }]) => 'flag' in declared && declared.heading === 'Limits:',
    );
    expect(limits.map(([field]) => field)).toEqual(Object.keys(LIMIT_OPTIONS));
    expect(Object.keys(LIMITS)).toEqual(expect.arrayContaining(['memoryLimitBytes', 'cpusetMems']));
  });
});
