// The kernel's table: escapes, optional fields, and no entries for an empty text.
import { expect, test } from 'vitest';
import { mountsIn, mountsOf } from './mounts.ts';

test('a path with a space and a backslash, behind optional fields', () => {
  const line =
    '36 35 98:0 /m\\040t /a\\040b\\134 rw,noatime master:1 - ext3 /dev/root rw,errors=ro';
  expect(mountsIn(`${line}\n`)).toEqual([
    {
      ...{ id: '36', device: '98:0', root: '/m t', point: '/a b\\', type: 'ext3' },
      ...{ source: '/dev/root', options: ['rw', 'noatime'], superOptions: ['rw', 'errors=ro'] },
    },
  ]);
});

test('none without a table, and some for this process', () => {
  expect(mountsIn('')).toEqual([]);
  expect(mountsOf('self').map(({ point }) => point)).toContain('/proc');
});
