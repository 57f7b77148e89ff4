// What bin/terrarium hands over is used once and seen by no other program.
import { expect, test } from 'vitest';
import { callersOpenFiles, takeOpenFiles } from './open-files.ts';

test('the limit is taken out of the environment, and only a number counts', () => {
  const environment = { TERRARIUM_OPEN_FILES: 'unlimited', HOME: '/root' };
  takeOpenFiles(environment);
  expect(callersOpenFiles()).toBeUndefined();
  expect(environment).toEqual({ HOME: '/root' });
  takeOpenFiles({ TERRARIUM_OPEN_FILES: '4096' });
  takeOpenFiles({});
  expect(callersOpenFiles()).toBe(4096);
});
