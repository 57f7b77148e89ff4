// The kernel's table: escapes, optional fields, and no entries for an empty text.
import { expect, test } from 'vitest';
import { cgroupMounts, mountsIn, mountsOf } from './mounts.ts';

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

test('of cgroup mounts at one point, the last: it covers the others', () => {
  const at = (id: number, point: string, type: string) =>
    `${id} 1 0:${id} / ${point} rw - ${type} ${type} rw\n`;
  const table = `${at(1, '/c/cpu', 'cgroup')}${at(2, '/c/v2', 'cgroup2')}${at(3, '/tmp', 'tmpfs')}`;
  const ids = (text: string) => cgroupMounts(mountsIn(text)).map(({ id }) => id);
  expect(ids(`${table}${at(4, '/c/cpu', 'cgroup')}`)).toEqual(['4', '2']);
});
