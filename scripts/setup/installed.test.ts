import { expect, test } from 'vitest';
import { matches } from './installed.ts';

const wanted = {
  '': { version: '1.0.0' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/for-another-machine': { version: '1.0.0', integrity: 'sha512-b', optional: true },
};
const a = wanted['node_modules/a'];

test('packages of the lock file are installed, except optional ones', () => {
  expect(matches(wanted, { 'node_modules/a': a })).toBe(true);
});

test.each([
  ['a missing package', {}],
  ['another version', { 'node_modules/a': { ...a, version: '1.0.1' } }],
  ['another content', { 'node_modules/a': { ...a, integrity: 'sha512-c' } }],
  [
    'another version of an optional one',
    { 'node_modules/a': a, 'node_modules/for-another-machine': { version: '2.0.0' } },
  ],
])('%s is to be installed', (_, installed) => {
  expect(matches(wanted, installed)).toBe(false);
});
