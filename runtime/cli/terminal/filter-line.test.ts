// Whom the filter ended is said, and of no other end.
import { expect, test } from 'vitest';
import { filterLines } from './filter-line.ts';

test('SIGSYS is explained, as a signal and as what a shell makes of it', () => {
  for (const end of [
    { exitCode: undefined, signal: 'SIGSYS' },
    { exitCode: 159, signal: undefined },
  ])
    expect(filterLines(end).join('\n')).toMatch(/32-bit.*seccomp=unconfined/);
  expect(filterLines({ exitCode: 0, signal: undefined })).toEqual([]);
  expect(filterLines({ exitCode: undefined, signal: 'SIGKILL' })).toEqual([]);
});
