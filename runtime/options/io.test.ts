// Disks and rates in docker's syntax.
import { expect, it } from 'vitest';
import { ConfigError } from '../base/errors.ts';
import { EXAMPLE_HOST } from '../config/example-host.ts';
import type { Disks } from '../host/facts.ts';
import { configFrom } from './config-from.ts';
import type { RunOptions } from './index.ts';

const disks = (sharedBy?: 'bfq' | 'iocost'): Disks => ({
  find: (path) =>
    ({
      '/dev/sda': { major: 8, minor: 0 },
      '/dev/sda1': { major: 8, minor: 1, partitionOf: '/dev/sda' },
    })[path],
  sharedBy: () => sharedBy,
});

function read(options: Partial<RunOptions>, host = { ...EXAMPLE_HOST, disks: disks() }) {
  try {
    const { devices: _, ...limits } = configFrom(
      { rootfs: '/srv/rootfs', hostname: 'box', ...options },
      host,
      { id: 'made-up' },
    ).resources;
    return limits;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, problem, hint }) => `${path} ${problem}; ${hint}`);
  }
}

it('are numbers of a disk, and bytes or operations', () => {
  expect(read({ deviceReadBps: ['/dev/sda:1mb'], deviceWriteIops: ['/dev/sda:100'] })).toEqual({
    deviceReadBps: [{ major: 8, minor: 0, rate: 2 ** 20 }],
    deviceWriteIops: [{ major: 8, minor: 0, rate: 100 }],
  });
});

it('are refused one by one', () => {
  const wrong = ['/dev/sda', 'sda:1mb', '/dev/sda:0', '/dev/sda:x', '/dev/sdb:1m', '/dev/sda1:1m'];
  expect(read({ deviceWriteBps: ['/dev/sda:1m', ...wrong] })).toEqual([
    'deviceWriteBps[1] is not a disk and a rate; such as /dev/sda:1mb',
    'deviceWriteBps[2] is not a disk and a rate; such as /dev/sda:1mb',
    'deviceWriteBps[3] is no rate; such as /dev/sda:1mb',
    expect.stringMatching(/^deviceWriteBps\[4\] is not a size/),
    'deviceWriteBps[5] names no disk; `lsblk --paths` lists them',
    expect.stringMatching(/^deviceWriteBps\[6\] names a partition.*; \/dev\/sda is the disk$/),
  ]);
  expect(read({ deviceReadIops: ['/dev/sda:1.5'] })).toEqual([
    expect.stringMatching(/^deviceReadIops\[0\] is not a whole number in range/),
  ]);
});

it('are weights where something shares a disk by weight', () => {
  const weight = (blkioWeight: number, sharedBy?: 'bfq' | 'iocost') =>
    read({ blkioWeight }, { ...EXAMPLE_HOST, disks: disks(sharedBy) });
  expect(weight(500)).toEqual([expect.stringMatching(/no disk here is shared by weight; BFQ/)]);
  expect(weight(500, 'bfq')).toEqual({ bfqWeight: 500 });
  expect([weight(10, 'iocost'), weight(1000, 'iocost')]).toEqual([
    { iocostWeight: 1 },
    { iocostWeight: 10_000 },
  ]);
  expect(weight(9, 'bfq')).toEqual([expect.stringContaining('from 10 to 1000')]);
});
