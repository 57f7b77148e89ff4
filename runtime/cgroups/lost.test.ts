// What is lost of a container's limits, by files as systemd leaves them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ContainerCgroups } from './directories.ts';
import { limitFiles, lostLimits } from './lost.ts';

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

it('is what has no file any more, and an empty choice of processors', () => {
  expect(lostLimits(cgroups(), ['memory.max', 'pids.max', 'cpuset.cpus'])).toEqual([
    'pids.max',
    'cpuset.cpus',
  ]);
  writeFileSync(join(group, 'cpuset.cpus'), '0\n');
  expect(lostLimits(cgroups(), ['memory.max', 'cpuset.cpus'])).toEqual([]);
});

it('is nothing without a group, without limits, and on v1', () => {
  expect(lostLimits(cgroups(), [])).toEqual([]);
  expect(lostLimits(cgroups('v1'), ['pids.max'])).toEqual([]);
  rmSync(group, { recursive: true });
  expect(lostLimits(cgroups(), ['pids.max'])).toEqual([]);
});

it('is looked for in the files that limits were written to', () => {
  const write = (path: string) => ({ kind: 'write', path, value: '1' }) as const;
  expect(
    limitFiles([
      write('/g/cgroup.subtree_control'),
      { ...write('/g/terrarium-x/memory.max'), readBack: '1' },
    ]),
  ).toEqual(['memory.max']);
});
