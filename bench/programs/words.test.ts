import { expect, test } from 'vitest';
import { words } from './words.ts';

test('words are split at white space, inserted values stay whole, lists are words', () => {
  const list = ['--cap-add', 'a b'];
  expect(words`run --memory ${64}m --name=${'my name'}-1
    ${list} ${[]} -- ${'/bin/a b'}`).toEqual([
    ...['run', '--memory', '64m', '--name=my name-1', '--cap-add', 'a b', '--', '/bin/a b'],
  ]);
});

test('a word with an undefined value is left out', () => {
  const [cpus, quota]: [string | undefined, number | undefined] = [undefined, 0.5];
  expect(words`run --cpuset-cpus=${cpus} --cpus=${quota}`).toEqual(['run', '--cpus=0.5']);
});
