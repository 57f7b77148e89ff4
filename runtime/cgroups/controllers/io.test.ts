// Limits of disks by their files; on a kernel with v1 blkio, what it keeps of them.
import { describe, expect, it } from 'vitest';
import { EXAMPLE_HOST } from '../../config/example-host.ts';
import { givenLimits } from '../lost.ts';
import { planCgroups } from '../plan.ts';
import type { CgroupFacts, FailedStep, Groups, Limits } from './controller.ts';
import { io } from './io.ts';

const v1: CgroupFacts = {
  ...EXAMPLE_HOST,
  cgroup: { mode: 'v1', hierarchies: { memory: '/m', blkio: '/b' }, swapAccounting: true },
};
const v2: CgroupFacts = {
  ...EXAMPLE_HOST,
  cgroup: {
    ...{ mode: 'v2', root: '/r', swapAccounting: false },
    ...{ controllers: ['memory', 'io'], enabled: ['memory'] },
  },
};

const disk = (minor: number, rate: number) => ({ major: 8, minor, rate });
const LIMITS: Limits = {
  deviceReadBps: [disk(0, 1000)],
  deviceWriteBps: [disk(0, 2000), disk(16, 3000)],
  deviceWriteIops: [disk(16, 50)],
};
const LINES = [
  '8:0 rbps=1000 wbps=2000 riops=max wiops=max',
  '8:16 rbps=max wbps=3000 riops=max wiops=50',
];

/** What is done to the host for these limits, group and all. */
const planned = (limits: Limits, host: CgroupFacts) =>
  planCgroups('a', { ...limits, devices: [] }, host).host.flatMap((op) => {
    if (op.kind === 'write') return [`${op.path}=${op.value}`];
    return op.kind === 'mkcgroup' ? [`mkdir ${op.path}`] : [];
  });

describe('limits of I/O', () => {
  it('are lines by disk: four files on v1, one on v2, which is passed on for them', () => {
    expect(planned(LIMITS, v1)).toEqual([
      'mkdir /m/terrarium-a',
      'mkdir /b/terrarium-a',
      '/b/terrarium-a/blkio.throttle.read_bps_device=8:0 1000',
      '/b/terrarium-a/blkio.throttle.write_bps_device=8:0 2000',
      '/b/terrarium-a/blkio.throttle.write_bps_device=8:16 3000',
      '/b/terrarium-a/blkio.throttle.write_iops_device=8:16 50',
    ]);
    expect(planned(LIMITS, v2)).toEqual([
      '/r/cgroup.subtree_control=+io',
      'mkdir /r/terrarium-a',
      ...LINES.map((line) => `/r/terrarium-a/io.max=${line}`),
    ]);
    expect(planned({}, v1)).toEqual(['mkdir /m/terrarium-a']);
    expect(planned({}, v2)).toEqual(['mkdir /r/terrarium-a']);
  });

  it('are weights of BFQ on both, and of io.cost on v2', () => {
    expect(planned({ bfqWeight: 300 }, v1).at(-1)).toBe('/b/terrarium-a/blkio.bfq.weight=300');
    expect(io.v2('/g', { bfqWeight: 300, devices: [] }, v2)).toEqual([
      { kind: 'write', path: '/g/io.bfq.weight', value: '300', readBack: 'default 300' },
    ]);
    expect(io.v2('/g', { iocostWeight: 5000, devices: [] }, v2)).toMatchObject([
      { path: '/g/io.weight', readBack: 'default 5000' },
    ]);
    expect(() => planned({ iocostWeight: 5000 }, v1)).toThrow(/io\.cost is of cgroup v2/);
    expect(io.weights?.({ bfqWeight: 100 })).toEqual({ IOWeight: 100 });
    expect(io.weights?.({ bfqWeight: 1000 })).toEqual({ IOWeight: 10_000 });
    expect(io.weights?.({ iocostWeight: 5000 })).toEqual({ IOWeight: 5000 });
    expect(io.weights?.({})).toEqual({});
  });

  it('need their controller', () => {
    const cgroup = { mode: 'v1', hierarchies: {}, swapAccounting: false } as const;
    expect(() => planned(LIMITS, { ...v1, cgroup })).toThrow('this host has no blkio controller');
  });

  it('are said to bind direct writes only, on v1', () => {
    const warnings = (limits: Limits, host: CgroupFacts) =>
      planCgroups('a', { ...limits, devices: [] }, host).warnings.join();
    expect(warnings(LIMITS, v1)).toContain('O_DIRECT');
    expect(warnings({ deviceReadBps: [disk(0, 1)] }, v1)).not.toContain('O_DIRECT');
    expect(warnings(LIMITS, v2)).not.toContain('O_DIRECT');
  });
});

describe('an update of them', () => {
  const change = (host: CgroupFacts, limits: Limits, text?: string) =>
    io.update({ group: '/g', limits, host, read: () => text });

  it('keeps what other kinds and disks have on v2, and can be taken back', () => {
    const changes = change(v2, { deviceReadBps: [disk(0, 7)] }, LINES.join('\n'));
    expect(changes.map(({ value, undo }) => [value, undo])).toEqual([
      ['8:0 rbps=7 wbps=2000 riops=max wiops=max', LINES[0]],
      [LINES[1], LINES[1]],
    ]);
    expect(givenLimits(changes)['io.max']?.split('\n')).toHaveLength(2);
    expect(change(v2, { deviceReadBps: [disk(0, 7)] }, '')).toMatchObject([
      { undo: '8:0 rbps=max wbps=max riops=max wiops=max' },
    ]);
    expect(change(v2, {}, LINES.join('\n'))).toEqual([]);
  });

  it('is taken back line by line on v1', () => {
    const changes = change(v1, { deviceReadBps: [disk(0, 7), disk(16, 8)] }, '8:0 1000');
    expect(changes.map(({ value, undo }) => [value, undo])).toEqual([
      ['8:0 7', '8:0 1000'],
      ['8:16 8', '8:16 0'],
    ]);
  });
});

describe('what was moved', () => {
  const groups = (version: 1 | 2, files: Readonly<Record<string, string>>): Groups => ({
    version,
    at: () => '/g',
    read: (path) => files[path.replace('/g/', '')],
  });
  const DISK = { device: '8:0', readBytes: 4096, writtenBytes: 512, reads: 1, writes: 2 };

  it('is the same of both versions', () => {
    const stat = '8:0 rbytes=4096 wbytes=512 rios=1 wios=2 dbytes=0 dios=0';
    const two = io.stats(groups(2, { 'io.stat': stat, 'io.max': LINES.join('\n') }));
    expect(two).toEqual([{ ...DISK, readBps: 1000, writeBps: 2000 }]);
    const one = io.stats(
      groups(1, {
        'blkio.throttle.io_service_bytes_recursive': '8:0 Read 4096\n8:0 Write 512\nTotal 4608',
        'blkio.throttle.io_serviced_recursive': '8:0 Read 1\n8:0 Write 2\nTotal 3',
        'blkio.throttle.read_bps_device': '8:0 1000',
        'blkio.throttle.write_bps_device': '8:0 2000',
      }),
    );
    expect(one).toEqual(two);
    const show = { bytes: (bytes: number) => `${bytes} B`, nanoseconds: String };
    expect(io.rows(two, show)).toEqual([
      ['disk 8:0', '4096 B read, 512 B written'],
      ['  limit', '1000 B read a second, 2000 B written a second'],
    ]);
    expect(io.rows(undefined, show)).toEqual([]);
  });

  it('is not known without the controller', () => {
    expect(io.stats(groups(2, {}))).toBeUndefined();
    expect(io.stats({ ...groups(1, {}), at: () => undefined })).toBeUndefined();
  });
});

it('explains a disk that has gone, and what a kernel has not', () => {
  const failed = (code: string, file: string): FailedStep => ({
    ...{ step: 'limit', code, group: '/g', file, value: '', host: v1 },
    ...{ read: () => undefined, may: () => true, whyDenied: () => undefined },
  });
  expect(io.hint?.(failed('ENODEV', 'io.max'))).toContain('lsblk');
  expect(io.hint?.(failed('ENOENT', 'io.max'))).toContain('CONFIG_BLK_DEV_THROTTLING');
  expect(io.hint?.(failed('ENOENT', 'blkio.bfq.weight'))).toContain('leave --blkio-weight out');
  expect(io.hint?.(failed('EPERM', 'io.max'))).toBeUndefined();
});
