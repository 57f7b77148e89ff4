// What is lost of a container's limits, by files as systemd leaves them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ContainerCgroups } from './directories.ts';
import { givenLimits, lostLimits, writesOf } from './lost.ts';

let group: string;
beforeEach(() => {
  group = join(mkdtempSync(join(tmpdir(), 'lost-')), 'terrarium-x');
  mkdirSync(group);
  for (const [file, text] of [
    ['cgroup.procs', '7\n'],
    ['memory.max', 'max\n'],
    ['cpuset.cpus', '\n'],
  ] as const)
    writeFileSync(join(group, file), text);
});
afterEach(() => rmSync(join(group, '..'), { recursive: true }));

const cgroups = (mode: ContainerCgroups['mode'] = 'v2'): ContainerCgroups => ({
  ...{ mode, cpuset: true },
  directories: [{ controllers: ['unified'], root: join(group, '..'), path: group }],
});

const GIVEN = { 'memory.max': '4096', 'pids.max': '20', 'cpuset.cpus': '0' };

it('is what says something else than it was given, or has no file any more', () => {
  expect(lostLimits(cgroups(), GIVEN)).toEqual([
    { file: 'memory.max', given: '4096', now: 'max' },
    { file: 'pids.max', given: '20', now: undefined },
    { file: 'cpuset.cpus', given: '0', now: '' },
  ]);
  writeFileSync(join(group, 'cpuset.cpus'), '0\n');
  writeFileSync(join(group, 'pids.max'), '20\n');
  expect(lostLimits(cgroups(), { ...GIVEN, 'memory.max': 'max' })).toEqual([]);
});

it('is nothing without a group, without limits, and on v1', () => {
  expect(lostLimits(cgroups(), {})).toEqual([]);
  expect(lostLimits(cgroups('v1'), GIVEN)).toEqual([]);
  rmSync(group, { recursive: true });
  expect(lostLimits(cgroups(), GIVEN)).toEqual([]);
});

it('is looked for in what limits were set to, and written from there once more', () => {
  const limit = { kind: 'write', path: `${group}/memory.max`, value: '4100' } as const;
  const given = givenLimits([
    { kind: 'write', path: '/g/cgroup.subtree_control', value: '+memory' },
    { ...limit, readBack: '4096' },
  ]);
  expect(given).toEqual({ 'memory.max': '4096' });
  expect(writesOf(cgroups(), given)).toEqual([{ ...limit, value: '4096', readBack: '4096' }]);
});

it('is looked for line by line where a file has limits by device', () => {
  const path = join(group, 'io.max');
  const lines = ['7:0 rbps=1024', '8:0 rbps=2048'];
  const given = givenLimits(
    lines.map((value) => ({ kind: 'write', path, value, readBack: value })),
  );
  // The kernel has them in its own order.
  writeFileSync(path, '8:0 rbps=2048\n7:0 rbps=1024\n');
  expect(lostLimits(cgroups(), given)).toEqual([]);
  writeFileSync(path, '8:0 rbps=2048\n');
  expect(lostLimits(cgroups(), given)).toMatchObject([{ file: 'io.max' }]);
  expect(writesOf(cgroups(), given).map(({ value }) => value)).toEqual(lines);
});
