// Limits that are given several times.
import { expect, it } from 'vitest';
import { EXAMPLE_HOST } from '../config/example-host.ts';
import { collectProblems } from '../config/problems.ts';
import { listLimit } from './option.ts';

const even = listLimit<number>({
  flag: '--even <number>',
  help: 'an even number (repeatable)',
  read: (word) => (Number(word) % 2 === 0 ? { value: Number(word) } : { problem: 'is odd' }),
  into: (items) => ({ pidsLimit: items.reduce((sum, one) => sum + one, 0) }),
});

it('sets what all of them say, and notes each wrong one by its place', () => {
  const at = { host: EXAMPLE_HOST, given: {}, limits: {} };
  const problems = collectProblems();
  expect(even.enter(['2', '40'], at, problems, 'even')).toEqual({ pidsLimit: 42 });
  expect(problems.list).toEqual([]);
  even.enter(['1', '2', '3'], at, problems, 'even');
  expect(problems.list.map(({ path, problem }) => [path, problem])).toEqual([
    ['even[0]', 'is odd'],
    ['even[2]', 'is odd'],
  ]);
  expect(even.enter('2', at, problems, 'even')).toEqual({});
  expect(problems.list.at(-1)).toMatchObject({
    path: 'even',
    problem: 'has to be a list of texts',
  });
});
