import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { signalName, signalNumber } from './signals.ts';

test('every signal has a name that leads back to its number', () => {
  for (let number = 1; number <= 64; number++) {
    const name = signalName(number);
    expect(name).toMatch(/^SIG[A-Z\d+]+$/);
    // 32 and 33 are the C library's own, and have no names.
    expect(signalNumber(name)).toBe(number === 32 || number === 33 ? undefined : number);
  }
});

test.each([
  ['TERM', constants.signals.SIGTERM],
  ['sigusr1', constants.signals.SIGUSR1],
  ['RTMIN', 34],
  ['SIGRTMIN+3', 37],
  ['rtmin+30', 64],
  ['RTMAX', 64],
  ['SIGRTMAX-1', 63],
  ['RTMAX-30', 34],
])('%s is %i', (name, number) => {
  expect(signalNumber(name)).toBe(number);
});

test.each(['RTMIN-1', 'RTMIN+31', 'RTMAX+1', 'RTMIN+', 'RTMIN+x', 'RT', '', 'NOTHING'])(
  '%j is none',
  (name) => {
    expect(signalNumber(name)).toBeUndefined();
  },
);
