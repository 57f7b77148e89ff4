// What bin/terrarium hands over is used once and seen by no other program.
import { expect, test } from 'vitest';
import { callersFileSize, callersOpenFiles, takeOpenFiles } from './open-files.ts';

test('the limit is taken out of the environment, and only a number counts', () => {
  const environment = { TERRARIUM_OPEN_FILES: 'unlimited', HOME: '/root' };
  takeOpenFiles(environment);
  expect(callersOpenFiles()).toBeUndefined();
  expect(environment).toEqual({ HOME: '/root' });
  takeOpenFiles({ TERRARIUM_OPEN_FILES: '4096' });
  takeOpenFiles({});
  expect(callersOpenFiles()).toBe(4096);
});

test.each([
  ['0 unlimited', { type: 'RLIMIT_FSIZE', soft: 0 }],
  ['1024 2048', { type: 'RLIMIT_FSIZE', soft: 1024, hard: 2048 }],
])('the size of a file, %s', (text, limit) => {
  const environment = { TERRARIUM_FILE_SIZE: text, HOME: '/root' };
  takeOpenFiles(environment);
  expect(callersFileSize()).toEqual(limit);
  expect(environment).toEqual({ HOME: '/root' });
  takeOpenFiles({ TERRARIUM_FILE_SIZE: 'much' });
  expect(callersFileSize()).toEqual(limit);
});
