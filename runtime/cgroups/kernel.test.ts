// Against this machine's kernel: groups named terrarium-test-… are made, used and removed.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Resources } from '../config/config.ts';
import { readHostFacts } from '../host/read.ts';
import { chooseCgroups, directoryOf } from './directories.ts';
import { readIfThere, writeFile } from './files.ts';
import { openKernelLog } from './oom.ts';
import { planCgroups } from './plan.ts';
import { killAll, pidsOf, removeCgroup, removeEmptyCgroup } from './remove.ts';
import { oomKills, readStats } from './stats.ts';
import { updateLimits } from './update.ts';

const host = readHostFacts();
const layout = host.cgroup;
const v1 = layout.mode === 'v1' || layout.mode === 'hybrid';
const M = 2 ** 20;

const LIMITS: Resources = {
  memoryLimitBytes: 32 * M + 5,
  cpuQuotaUs: 20_000,
  // More than others have, so that the quota bounds it on a busy machine, too.
  cpuShares: 20_480,
  cpusetCpus: '0',
  pidsLimit: 20,
  devices: [
    { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' },
    { allow: true, type: 'c', major: 1, minor: 5, access: 'rwm' },
  ],
};

// A process is moved into v1 groups as a container is: it writes itself into `tasks`.
describe.skipIf(!v1 || host.euid !== 0)(
  `cgroups of this kernel (${v1 ? 'needs root' : `needs v1, this is ${layout.mode}`})`,
  () => {
    const id = `test-${randomBytes(3).toString('hex')}`;
    const cgroups = chooseCgroups(id, layout, ['cpuset']);
    const noCgroups = chooseCgroups('test-no-group', layout, ['cpuset']);
    const children: ChildProcess[] = [];
    const path = (controller: 'memory' | 'pids' | 'cpu' | 'cpuset' | 'devices') =>
      `${directoryOf(cgroups, controller)}`;
    const plan = planCgroups(id, LIMITS, host);

    beforeEach(() => {
      for (const op of plan.host) {
        if (op.kind === 'mkcgroup') mkdirSync(op.path);
        if (op.kind === 'write') writeFile(op.path, op.value);
      }
    });

    afterEach(async () => {
      for (const directory of cgroups.directories) await removeCgroup(directory.path);
      await Promise.all(
        children
          .splice(0)
          .map((child) =>
            child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined,
          ),
      );
    });

    /** Runs a shell script in the groups; resolves once it has printed `in`. */
    async function inside(script: string): Promise<ChildProcess> {
      const join = plan.joinTasks.map((tasks) => `echo 0 > '${tasks}'`).join('; ');
      const child = spawn('/bin/sh', ['-c', `${join}; echo in; ${script}`], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      children.push(child);
      if (child.stdout) await once(child.stdout, 'data');
      return child;
    }

    it('reads back every limit as the plan expects it', () => {
      for (const op of plan.host) {
        if (op.kind === 'write' && op.readBack !== undefined)
          expect([op.path, readIfThere(op.path)]).toEqual([op.path, op.readBack]);
      }
      expect(readIfThere(`${path('devices')}/devices.list`)?.split('\n')).toEqual([
        'c 1:3 rwm',
        'c 1:5 rwm',
      ]);
      expect(readStats(id, cgroups)).toMatchObject({
        memory: { limitBytes: 32 * M, oomKills: 0 },
        pids: { current: 0, limit: 20, refusals: 0 },
      });
    });

    it('counts what a process uses, and lists it', async () => {
      // What a process has before it joins is charged elsewhere.
      const child = await inside('text=$(seq 99999); while :; do :; done');
      await expect
        .poll(() => readStats(id, cgroups).cpu?.throttledNs ?? 0, { interval: 20, timeout: 20_000 })
        .toBeGreaterThan(0);
      const { memory, cpu, pids } = readStats(id, cgroups);
      expect(memory?.usageBytes).toBeGreaterThan(0);
      expect(cpu?.usageNs).toBeGreaterThan(20e6);
      expect(cpu?.throttledPeriods).toBeGreaterThan(0);
      expect(pids?.current).toBe(1);
      expect(pidsOf(cgroups)).toEqual([child.pid]);
      child.kill('SIGKILL');
    });

    it('counts forks that the limit refuses', async () => {
      await inside(
        'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do sleep 30 & done; wait',
      );
      await expect
        .poll(() => readStats(id, cgroups).pids?.refusals ?? 0, { timeout: 15_000 })
        .toBeGreaterThan(0);
      expect(readStats(id, cgroups).pids?.current).toBeLessThanOrEqual(20);
    });

    it('kills a whole tree, groups of its own included', async () => {
      const nested = `${path('pids')}/own/deeper`;
      mkdirSync(nested, { recursive: true });
      await inside(
        `for i in 1 2 3 4 5; do sleep 300 & done; (echo 0 > ${nested}/tasks; sleep 300) & wait`,
      );
      await expect.poll(() => pidsOf(cgroups).length, { timeout: 15_000 }).toBe(7);
      expect(readIfThere(`${nested}/cgroup.procs`)?.split('\n')).toHaveLength(1);
      expect(removeEmptyCgroup(path('pids'))).toBe(false);
      await killAll(path('pids'));
      expect(pidsOf(cgroups)).toEqual([]);
      await removeCgroup(path('pids'));
      expect(existsSync(path('pids'))).toBe(false);
    });

    it('removes what is gone already, and nothing that is not a container’s', async () => {
      expect(removeEmptyCgroup(`${path('pids')}-never`)).toBe(true);
      await removeCgroup(`${path('pids')}-never`);
      const root = v1 ? `${layout.hierarchies.pids}` : '/';
      for (const other of [
        root,
        `${root}/terrarium-x/../..`,
        'terrarium-x',
        `${path('pids')}/own`,
      ]) {
        await expect(removeCgroup(other)).rejects.toThrow(/not a cgroup/);
        await expect(killAll(other)).rejects.toThrow(/not a cgroup/);
      }
      const directory = mkdtempSync(`${tmpdir()}/terrarium-`);
      mkdirSync(`${directory}/below`);
      await expect(removeCgroup(directory)).rejects.toThrow(/not a cgroup/);
      rmdirSync(`${directory}/below`);
      rmdirSync(directory);
    });

    it('names the victim of an OOM kill, and counts it', async ({ skip }) => {
      using log = openKernelLog({ from: 'end' });
      if (log === undefined) return skip('the kernel log cannot be read');
      const child = await inside('head -c 100000000 /dev/zero | tail; echo $?');
      await expect.poll(() => oomKills(cgroups), { timeout: 15_000 }).toBe(1);
      const ours = () => log.readNew().filter((kill) => kill.cgroup === `/terrarium-${id}`);
      expect(ours()).toMatchObject([{ process: 'tail', uid: 0, taskCgroup: `/terrarium-${id}` }]);
      expect(ours()).toEqual([]);
      const stats = readStats(id, cgroups).memory;
      expect(stats?.peakBytes).toBeGreaterThan(31 * M);
      expect(stats?.peakBytes).toBeLessThanOrEqual(32 * M);
      child.kill('SIGKILL');
    });

    it('raises and lowers limits while something runs', async () => {
      await inside('exec sleep 300');
      updateLimits(
        id,
        cgroups,
        { memoryLimitBytes: 64 * M, pidsLimit: 5, cpuQuotaUs: 50_000, cpuPeriodUs: 50_000 },
        host,
      );
      expect(readStats(id, cgroups)).toMatchObject({
        memory: { limitBytes: 64 * M },
        pids: { limit: 5 },
      });
      expect(readIfThere(`${path('cpu')}/cpu.cfs_period_us`)).toBe('50000');
      updateLimits(id, cgroups, { memoryLimitBytes: 16 * M }, host);
      expect(readStats(id, cgroups)).toMatchObject({
        memory: { limitBytes: 16 * M },
        pids: { limit: 5 },
      });
    });

    it('takes everything back when the kernel refuses one', async () => {
      await inside('x=$(head -c 9000000 /dev/zero | tr "\\0" x); echo done; sleep 300');
      await expect
        .poll(() => readStats(id, cgroups).memory?.usageBytes ?? 0, { timeout: 15_000 })
        .toBeGreaterThan(8 * M);
      const before = readStats(id, cgroups).memory?.limitBytes;
      expect(() => updateLimits(id, cgroups, { memoryLimitBytes: M }, host)).toThrow(
        expect.objectContaining({
          message: expect.stringContaining('EBUSY'),
          hint: expect.stringContaining('higher limit'),
        }),
      );
      expect(() =>
        updateLimits(id, cgroups, { memoryLimitBytes: 48 * M, pidsLimit: 2 ** 30 }, host),
      ).toThrow(/pids.max cannot be set to 1073741824: EINVAL/);
      expect(readStats(id, cgroups)).toMatchObject({
        memory: { limitBytes: before },
        pids: { limit: 20 },
      });
    });

    it('says so when there is no such container', () => {
      expect(() => readStats('test-no-group', noCgroups)).toThrow(/no cgroup/);
      expect(() => updateLimits('test-no-group', noCgroups, { pidsLimit: 3 }, host)).toThrow(
        /no cgroup/,
      );
      expect(pidsOf(noCgroups)).toEqual([]);
      expect(oomKills(noCgroups)).toBeUndefined();
    });
  },
);

// The v2 tree of a hybrid host carries no controller, but is spawned into, killed and removed like
// any other.
const unified =
  layout.mode === 'v2' ? layout.root : layout.mode === 'hybrid' ? layout.unified : undefined;

describe.skipIf(unified === undefined || host.euid !== 0)(
  'groups on cgroup v2 (needs root and a v2 tree)',
  () => {
    it('end at once through cgroup.kill, nested ones too', async () => {
      const v2 = {
        mode: 'v2',
        root: `${unified}`,
        controllers: [],
        enabled: [],
        swapAccounting: false,
      } as const;
      const id = `test-v2-${randomBytes(3).toString('hex')}`;
      const plan = planCgroups(id, { devices: [] }, { ...host, cgroup: v2 });
      expect(plan.host).toMatchObject([{ kind: 'mkcgroup', path: plan.cgroup }]);
      const path = `${plan.cgroup}`;
      mkdirSync(`${path}/own`, { recursive: true });
      const script = `echo 0 > ${path}/own/cgroup.procs; sleep 300 & echo 0 > ${path}/cgroup.procs; echo in; wait`;
      const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
      if (child.stdout) await once(child.stdout, 'data');
      expect(pidsOf(plan.cgroups)).toHaveLength(2);
      expect(readStats(id, plan.cgroups).cpu?.usageNs).toBeGreaterThan(0);
      const ended = once(child, 'exit');
      await removeCgroup(path, { killFile: `${path}/cgroup.kill` });
      expect(await ended).toEqual([null, 'SIGKILL']);
      expect(existsSync(path)).toBe(false);
    });
  },
);
