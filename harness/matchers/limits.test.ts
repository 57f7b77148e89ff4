// Matchers of limits ask the kernel: what a program only says about a limit convinces none.
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, type RunnerTestCase, test } from 'vitest';
import './index.ts';
import { Recorder } from '../evidence/recorder.ts';
import { groupOf } from '../observe/cgroups.ts';
import { hasController } from '../observe/features.ts';
import { eventually } from '../observe/process.ts';
import { Box } from '../shell/box.ts';

const programs = join(import.meta.dirname, '../../build/workloads');
const groups: string[] = [];
let box: Box;

beforeEach(async ({ task }) => {
  box = await opened(task);
});

afterEach(async () => {
  await box.close();
  for (const group of groups.splice(0)) {
    await eventually(`${group} is removed`, () => {
      try {
        rmdirSync(group);
        return true;
      } catch {
        return false;
      }
    });
  }
});

async function opened(task: RunnerTestCase): Promise<Box> {
  const shell = new Box({
    ...{ title: 'sh', commandLine: ['sh'], prompt: /\$ $/ },
    env: { PS1: '$ ', PATH: `${programs}:${process.env.PATH}` },
    ...{ name: 'sh', hostname: 'h', rootfs: '/', role: 'subject', description: 'a shell' },
    recorder: new Recorder(task, 'NONE-01'),
  });
  return (await shell.ready()).found(shell.pid);
}

/** Moves the shell into a new group of this controller, with this value in this file. */
function bound(v1: string, v2: string, value: string): void {
  const { root, version } = groupOf(box.pid, v1.slice(0, v1.indexOf('.'))) ?? {};
  if (root === undefined) throw new Error('this host has no such controller');
  const group = join(root, `limits-${box.pid}`);
  if (version === 2)
    writeFileSync(join(root, 'cgroup.subtree_control'), `+${v1.slice(0, v1.indexOf('.'))}`);
  mkdirSync(group);
  groups.push(group);
  writeFileSync(join(group, version === 1 ? v1 : v2), value);
  writeFileSync(join(group, 'cgroup.procs'), String(box.pid));
}

/** A program that says what a killed memory-hog leaves on the screen. */
const LIE = 'sh -c "echo touching 63 MiB; exit 137"';

const lacks = (controller: string) => process.geteuid?.() !== 0 || !hasController(controller);

test.skipIf(lacks('memory'))(
  'memory: without a limit, and with a kill that did not happen',
  async () => {
    await expect(expect(box).toBeKilledAt('64m', LIE)).rejects.toThrow(
      'memory limit, bytes is not',
    );
    bound('memory.limit_in_bytes', 'memory.max', String(64 * 2 ** 20));
    const told = expect(box).toBeKilledAt('64m', LIE);
    await expect(told).rejects.toThrow('processes killed at the limit is not 1: 0');
    await expect(expect(box).toBeKilledAt('96m', 'memory-hog 96')).rejects.toThrow('100663296');
    await expect(expect(box).toTouch('96m')).rejects.toThrow('killed at the limit is not 0: 1');
    await expect(box).toBeKilledAt('64m', 'memory-hog 96');
    await expect(box).toTouch('16m');
  },
);

test.skipIf(lacks('cpu'))('processor time: without a quota', async () => {
  await expect(expect(box).toBeThrottledTo(0.5)).rejects.toThrow('periods throttled is not');
  bound('cpu.cfs_quota_us', 'cpu.max', '5000');
  await expect(expect(box).toComputeUnthrottled(0)).rejects.toThrow('throttled is not 0');
});

test.skipIf(lacks('pids'))(
  'processes: without a limit, with one above, and a process outside of the group',
  async () => {
    await expect(expect(box).toStopForksAt(20)).rejects.toThrow(
      'limit on processes is not 20: max',
    );
    await expect(box).toLetFork(30);
    bound('pids.max', 'pids.max', '20');
    await expect(expect(box).toLetFork(30)).rejects.toThrow('EAGAIN');
    await expect(expect(box).toStopForksAt(30)).rejects.toThrow('limit on processes is not 30: 20');
    // Of its PID namespace, which is the host's, nearly all are outside of the group.
    const all = expect(box).toBoundAllItsProcesses(1);
    await expect(all).rejects.toThrow('processes outside of the group is not 0');
  },
);
