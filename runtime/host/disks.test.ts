// Disks of this machine, and numbers of devices as the kernel gives them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { disksOf, numbersOf } from './disks.ts';

it('reads both numbers from one', () => {
  expect(numbersOf(0x0700)).toEqual({ major: 7, minor: 0 });
  expect(numbersOf(0x10300)).toEqual({ major: 259, minor: 0 });
  // Minor numbers of more than a byte are in two pieces.
  expect(numbersOf(0x110_32c)).toEqual({ major: 259, minor: 300 });
});

it('finds a disk by its device file, and nothing else', () => {
  const disks = disksOf(undefined);
  for (const path of ['/dev/null', '/etc/passwd', '/nowhere/at/all', '/dev'])
    expect(disks.find(path)).toBeUndefined();
  for (const name of existsSync('/sys/block') ? readdirSync('/sys/block') : []) {
    if (!existsSync(`/dev/${name}`)) continue;
    const { major, minor } = disks.find(`/dev/${name}`) ?? {};
    expect(`${major}:${minor}`).toBe(readFileSync(`/sys/block/${name}/dev`, 'utf8').trim());
  }
});
