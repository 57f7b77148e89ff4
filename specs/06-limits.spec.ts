// Limits: configured at the start or changed live, tested by programs that take more, and checked
// by the kernel's own counters.
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { expect } from 'vitest';
import { hasController } from '../harness/observe/features.ts';
import { cgroupMounts } from '../harness/observe/mounts.ts';
import { eventually } from '../harness/observe/process.ts';
import { cpuSeconds } from '../harness/observe/sampling.ts';
import type { Box } from '../harness/shell/box.ts';
import { OURS, testRequirement } from './suite.ts';
import { deleteNetworkAfter } from './support/beforehand.ts';
import { DEFAULT_ROOTFS, TERRARIUM } from './support/places.ts';
import { terrarium } from './support/subject.ts';

const MIB = 2 ** 20;
/** What `terrarium shell` says on its terminal when it saw a kill at the memory limit. */
const TOLD =
  /terrarium: memory-hog \(host pid \d+\) was killed: out of memory at the container's limit of .*/;

/** `0-7` */
function online(): string {
  return readFileSync('/sys/devices/system/cpu/online', 'utf8').trim();
}

testRequirement('LIM-01', async ({ shell, control, say }) => {
  await say('Open a container shell with 64 MiB, and run a program that takes 96.');
  const hungry = await shell({ hostname: 'hungry', memory: '64m', network: 'none' });
  await expect(hungry).toBeKilledAt('64m', 'memory-hog 96 --pause 4');
  await say('The kernel killed it. The control: without the limit it touches all of it.');
  await control(
    () => shell({ hostname: 'free', network: 'none' }),
    (free) => expect(free).toTouch('96m', 'memory-hog 96 --pause 4'),
  );
});

testRequirement('LIM-02', async ({ shell, control, say }) => {
  // A higher weight than others on the machine, the same for both: then the quota decides, not the
  // load of the machine.
  const alone = { cpuShares: '20480', network: 'none' };
  await say('Open a container shell with half a CPU. Two threads compute in it.');
  const half = await shell({ hostname: 'half', cpus: '0.5', ...alone });
  await expect(half).toBeThrottledTo(0.5);
  await say('They got half a CPU, and were throttled. The control: without the quota.');
  await control(
    () => shell({ hostname: 'free', ...alone }),
    (free) => expect(free).toComputeUnthrottled(0.9),
  );
});

testRequirement('LIM-03', async ({ shell, control, say }) => {
  await say('Open a container shell with 20 processes, and run a fork bomb of 100.');
  const few = await shell({ hostname: 'few', pidsLimit: '20', network: 'none' });
  await expect(few).toStopForksAt(20);
  await say('It stopped at the limit. The control: without a limit it makes all of them.');
  await control(
    () => shell({ hostname: 'many', network: 'none' }),
    (many) => expect(many).toLetFork(100),
  );
});

testRequirement('LIM-04', async ({ shell, control, say, notProvenHere, outside, observe }) => {
  const last = /\d+$/.exec(online())?.[0] ?? '0';
  if (last === '0') notProvenHere('a second processor');
  await say(`Open a container shell limited to CPU ${last} of the host’s ${online()}.`);
  const one = await shell({ hostname: 'one', cpusetCpus: last, network: 'none' });
  await say('Four threads compute in it, on that CPU. A request for CPU 0 is refused.');
  await expect(one).toPrint('cpu-burner 4 0.3 | tail -n 1', `cpus seen ${last}`);
  expect(outside('cpuset.cpus', one.host.cgroup('cpuset.cpus', 'cpuset.cpus') ?? '')).toBe(last);
  const asking = 'taskset -c 0 cpu-burner 1 0.2 2>&1 | tail -n 1';
  await expect(one).toPrint(asking, /Invalid argument/, 'CPU 0 asked for');
  await say('The control: without the limit it runs on CPU 0.');
  const any = await control(
    () => shell({ hostname: 'any', network: 'none' }),
    (free) => expect(free).toPrint(asking, 'cpus seen 0', 'CPU 0 asked for'),
  );
  const allowed = (box: Box) => box.host.status('Cpus_allowed_list');
  observe({ label: 'CPUs allowed', host: allowed(one), control: allowed(any) });
});

testRequirement('LIM-05', OURS, async ({ shell, control, say, inside, outside }) => {
  const cpus = hasController('cpuset');
  const live = await shell({
    ...{ hostname: 'live', memory: '64m', pidsLimit: '100', network: 'none' },
    ...(cpus ? { cpusetCpus: online() } : {}),
  });
  const update = async (...limits: readonly string[]) => {
    await say(`While the shell runs, from the host: terrarium update ${limits.join(' ')}`);
    const { exitCode, stderr } = await terrarium(['update', live.name, ...limits]);
    expect([exitCode, stderr]).toEqual([0, '']);
  };
  const kernels = (what: string, v1: string, v2: string) =>
    outside(what, live.host.cgroup(v1, v2) ?? 'none');
  /** No swap beside the memory. v1 counts both together; some kernels count none. */
  const demandNoSwap = (mebibytes: number) => {
    const together = live.host.cgroupFile('memory.memsw.limit_in_bytes', '-') !== undefined;
    const swap = kernels('swap', 'memory.memsw.limit_in_bytes', 'memory.swap.max');
    if (swap !== 'none') expect(swap).toBe(String(together ? mebibytes * MIB : 0));
  };
  demandNoSwap(64);
  await say('With 64 MiB and 100 processes, 32 MiB and 50 forks are fine. That is the control.');
  const plenty = async (box: Box) =>
    [await expect(box).toTouch('32m'), await expect(box).toLetFork(50)] as const;
  await control(async () => live, plenty, 'the same shell before the limits were lowered');
  const weight = live.host.cgroup('cpu.shares', 'cpu.weight');

  const some = ['--memory', '24m', '--pids-limit', '10', '--cpus', '0.5', '--cpu-shares', '512'];
  await update(...some, ...(cpus ? ['--cpuset-cpus', '0'] : []));
  expect(kernels('quota', 'cpu.cfs_quota_us', 'cpu.max')).toMatch(/^50000( 100000)?$/);
  expect(kernels('weight', 'cpu.shares', 'cpu.weight')).not.toBe(weight);
  demandNoSwap(24);
  if (cpus) expect(kernels('CPUs', 'cpuset.cpus', 'cpuset.cpus')).toBe('0');
  await say(
    'At once the same program is killed, which is said on the terminal, and forks refused.',
  );
  await expect(live).toBeKilledAt('24m', 'memory-hog 32');
  await live.until(TOLD, undefined, () => live.screen);
  expect(inside('said of the kill', TOLD.exec(live.screen)?.[0] ?? '')).toContain('24 MiB');
  await expect(live).toStopForksAt(10);

  await update('--memory', '64m', '--pids-limit', '100');
  await say('After raising the limits, both are fine again.');
  await plenty(live);
});

testRequirement('LIM-09', OURS, async ({ shell, control, say, outside }) => {
  const last = /\d+$/.exec(online())?.[0] ?? '0';
  const open = (hostname: string, cpuShares: string) =>
    shell({ hostname, cpuShares, cpusetCpus: last, network: 'none' });
  /** CPU time of one by that of the other: of 1.2 seconds for which both compete. */
  const compare = async (...boxes: readonly [Box, Box]) => {
    const burner = 'cpu-burner 1 1000';
    const ended = Promise.all(boxes.map((box) => box.type(burner)));
    await Promise.all(boxes.map(({ host }) => host.executes(burner)));
    const used = () => boxes.map(({ host }) => cpuSeconds(host) ?? 0);
    const before = used();
    let [one, other] = [0, 0];
    await eventually(
      'they have used 1.2 seconds',
      () => {
        [one = 0, other = 0] = used().map((seconds, index) => seconds - (before[index] ?? 0));
        return one + other >= 1.2;
      },
      30_000,
    );
    for (const { pid, command } of boxes.flatMap(({ host }) => host.programs()))
      if (command === burner) process.kill(pid);
    await ended;
    return one / other;
  };
  /** By the kernel's files, since v2 has another scale. */
  const weightOf = ({ host }: Box) => Number(host.cgroup('cpu.shares', 'cpu.weight'));
  await say(`Two container shells compute on CPU ${last}, one with a higher weight.`);
  const light = await open('light', '1024');
  const heavy = await open('heavy', '3072');
  const weights = weightOf(heavy) / weightOf(light);
  expect(outside('their weights, by one another', weights.toFixed(2))).toMatch(/^(2\.[2-9]|3)/);
  const times = await compare(heavy, light);
  outside('their CPU time, by one another', times.toFixed(2));
  expect(times / weights).toBeGreaterThan(0.83);
  expect(times / weights).toBeLessThan(1.2);
  await say('The control: with the same weight each gets half.');
  const same = await compare(await open('same', '1024'), light);
  control('two of the same weight', {
    outcome: same > 0.8 && same < 1.25 ? 'opposite' : 'same',
    observed: same.toFixed(2),
  });
});

testRequirement('LIM-11', OURS, async (context) => {
  const { shell, control, say, inside, outside, notProvenHere } = context;
  if (cgroupMounts().some(({ type }) => type === 'cgroup'))
    notProvenHere('memory.high, which is of cgroup v2');
  if (!hasController('memory')) notProvenHere('a memory controller');
  /** More than the threshold by so little that it takes seconds, not minutes. */
  const program = 'memory-hog 34';
  const events = ({ host }: Box, name: string) =>
    host.cgroupValue('memory.oom_control', 'memory.events', name) ?? 0;
  await say('Open a container shell that may use 64 MiB, and is slowed down above 32.');
  const slow = await shell({
    ...{ memory: '64m', network: 'none' },
    further: ['--memory-high', '32m', '--memory-reservation', '16m'],
  });
  const kept = (file: string) => outside(file, slow.host.cgroup('memory.-', file) ?? 'none');
  expect(kept('memory.high')).toBe(String(32 * MIB));
  expect(kept('memory.low')).toBe(String(16 * MIB));
  await say('A program takes 34 MiB there. It gets them, and the kernel holds it back.');
  await expect(slow).toTouch('34m', program);
  expect(outside('times held back', events(slow, 'high'))).toBeGreaterThan(0);
  expect(outside('processes killed', events(slow, 'oom_kill'))).toBe(0);
  const { stdout } = await terrarium(['stats', slow.name]);
  expect(inside('said of it', /slowed down above.*/.exec(stdout)?.[0] ?? '')).toContain('32 MiB');
  await say('The control: without the threshold it is never held back.');
  const free = await shell({ memory: '64m', network: 'none' });
  await expect(free).toTouch('34m', program);
  control('times held back without the threshold', {
    outcome: events(free, 'high') === 0 ? 'opposite' : 'same',
    observed: events(free, 'high'),
  });
});

testRequirement('LIM-08', OURS, async (context) => {
  const { id, shell, control, say, inside, outside, onCleanup } = context;
  const hog = ['memory-hog', '96'];
  const { host, name } = await shell({ memory: '64m', network: 'none' });
  await say('A network namespace made by hand: `ip netns exec` mounts a new /sys in it.');
  const netns = `${id.toLowerCase()}-${name}`;
  deleteNetworkAfter({ onCleanup }, 'ip', netns);
  await execa('ip', ['netns', 'add', netns]);
  const there = async (...line: readonly string[]) => {
    const run = await execa('ip', ['netns', 'exec', netns, ...line], { reject: false });
    return { status: run.exitCode ?? 'none', printed: run.stdout };
  };
  const start = [TERRARIUM, 'shell', DEFAULT_ROOTFS, 'box', '--network', 'none'];
  expect((await there('ls', '/sys/fs/cgroup')).printed).toBe('');

  await say('From there, run a program in the container that exceeds the memory limit.');
  const kills = () => host.cgroupValue('memory.oom_control', 'memory.events', 'oom_kill') ?? 0;
  const before = kills();
  const exec = await there(TERRARIUM, 'exec', '--no-tty', name, '--', ...hog);
  expect(inside('memory-hog 96 by exec', exec.status)).toBe(137);
  expect(outside('kills in the container’s group', kills() - before)).toBe(1);
  await say('The same in a container started from there. The control: without a limit.');
  const started = await there(...start, '--memory', '64m', '--', ...hog);
  expect(inside('memory-hog 96 in a new container', started.status)).toBe(137);
  const free = await there(...start, '--', ...hog);
  control('the same program in a container without a limit, from the same place', {
    outcome: free.status === 0 ? 'opposite' : 'same',
    observed: `exit status ${free.status}`,
  });
});
