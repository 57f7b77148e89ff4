// Limits: configured at the start or changed live, shown by programs that would take more, judged
// by the kernel's own counters.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { execa } from 'execa';
import { expect } from 'vitest';
import {
  cpuSeconds,
  memoryInUse,
  type Point,
  rateBetween,
  rates,
  sampled,
} from '../harness/observe/sampling.ts';
import { testRequirement } from './suite.ts';
import { DEFAULT_ROOTFS, TERRARIUM } from './support/places.ts';
import { type ContainerShell, openShell } from './support/session.ts';
import { terrarium } from './support/subject.ts';

const MIB = 2 ** 20;
/** MEMCG_CHARGE_BATCH of linux/memcontrol.h. */
const BATCHED_PAGES = 64;
const oomKills = ({ host }: ContainerShell) =>
  host.cgroupValue('memory.oom_control', 'memory.events', 'oom_kill');
const inMiB = (points: readonly Point[]): Point[] =>
  points.map(([seconds, bytes]) => [seconds, bytes / MIB]);

testRequirement('LIM-01', async (context) => {
  const command = 'memory-hog 96 --pause 4';
  await context.say('Open a container shell that may use 64 MiB of memory.');
  const hungry = await openShell(context, { hostname: 'hungry', memory: '64m', network: 'none' });
  const limit = Number(hungry.host.cgroup('memory.limit_in_bytes', 'memory.max'));
  expect(limit).toBe(64 * MIB);
  expect(oomKills(hungry)).toBe(0);

  await context.say(
    'A program takes 96 MiB, one after another, while the host watches the kernel’s count of it.',
  );
  const { killNotice } = context.subject;
  const running = killNotice
    ? hungry.shell.background(command, killNotice)
    : hungry.shell.type(command);
  const usage = await sampled(() => memoryInUse(hungry.host), running);
  const told = (await running).trim().split('\n').at(-1);
  await context.say(
    'It was killed on the way; the shell lives, and says 137: 128 and SIGKILL’s 9.',
  );
  const status = await hungry.shell.type('echo $?');
  expect(status).toBe('137');
  const reached = Number(/touching (\d+) MiB(?![\s\S]*touching)/.exec(hungry.shell.screen)?.[1]);
  expect(reached).toBeGreaterThan(48);
  expect(reached).toBeLessThanOrEqual(64);
  if (killNotice) expect(told).toMatch(/ memory-hog .* 64 MiB$/);
  const kills = oomKills(hungry);
  expect(kills).toBe(1);
  // The kernel counts a batch ahead for each processor, and lets what it has just killed finish:
  // cgroup-v2.rst, "memory.max".
  expect(Math.max(...usage.map(([, bytes]) => bytes))).toBeLessThanOrEqual(
    limit + BATCHED_PAGES * 4096 * availableParallelism(),
  );
  expect(await hungry.shell.type('echo still here')).toBe('still here');

  await context.say(
    'The control: the same program in a shell without the limit touches all of it.',
  );
  const free = await openShell(context, { hostname: 'free', network: 'none' }, 'control');
  const touching = free.shell.type(command);
  const freeUsage = await sampled(() => memoryInUse(free.host), touching);
  const touched = (await touching).split('\n').at(-1) ?? '';
  const freeStatus = await free.shell.type('echo $?');
  context.observe({
    label: 'exit status of memory-hog',
    inside: status,
    control: freeStatus,
    decisive: true,
  });
  context.observe({ label: 'MiB touched', inside: reached, control: touched.replace(/\D/g, '') });
  context.observe({
    label: 'processes that the kernel killed at the limit',
    host: kills,
    control: oomKills(free) ?? 0,
    decisive: true,
  });
  context.observe({
    label: 'limit, bytes',
    host: limit,
    control: free.host.cgroup('memory.limit_in_bytes', 'memory.max'),
  });
  context.control(`${command} without --memory`, {
    outcome: freeStatus === '0' && touched === 'touched 96 MiB' ? 'opposite' : 'same',
    observed: `${touched}, exit status ${freeStatus}`,
  });
  context.series({
    title: 'memory of the control group, while memory-hog takes 96 MiB',
    unit: 'MiB',
    limit: { label: 'limit', value: limit / MIB },
    lines: [
      { label: 'with --memory 64m', role: 'subject', points: inMiB(usage) },
      { label: 'without', role: 'control', points: inMiB(freeUsage) },
    ],
  });
});

testRequirement('LIM-02', async (context) => {
  // A weight that others on the machine do not have: then the quota decides, not how busy the
  // machine is. The same for both.
  const weight = { cpuShares: '20480', network: 'none' };
  const throttled = ({ host }: ContainerShell) =>
    host.cgroupValue('cpu.stat', 'cpu.stat', 'nr_throttled') ?? 0;
  const burn = async (container: ContainerShell, seconds: number) => {
    const burning = container.shell.type(`cpu-burner 2 ${seconds}`);
    const points = await sampled(() => cpuSeconds(container.host), burning, 20);
    // Without the beginning and the end: two and a bit of the quota's periods of 100 ms.
    return { points, printed: await burning, ratio: rateBetween(points, 0.25, seconds - 0.05) };
  };

  await context.say('Open a container shell that may use half a CPU.');
  const half = await openShell(context, { hostname: 'half', cpus: '0.5', ...weight });
  const before = throttled(half);
  await context.say(
    'Two threads compute for two and a half seconds; the kernel counts their CPU time.',
  );
  const subject = await burn(half, 2.5);
  const periods = throttled(half) - before;
  expect(subject.ratio).toBeGreaterThan(0.45);
  expect(subject.ratio).toBeLessThan(0.55);
  // Of the 25 periods nearly every one ran out.
  expect(periods).toBeGreaterThan(15);
  await context.say(
    `They got ${subject.ratio.toFixed(2)} CPUs, and had to wait in ${periods} periods. The control: without the quota.`,
  );
  const free = await openShell(context, { hostname: 'free', ...weight }, 'control');
  const control = await burn(free, 1);
  const decimals = (ratio: number) => ratio.toFixed(2);
  context.observe({
    label: 'CPU time by elapsed time',
    host: decimals(subject.ratio),
    control: decimals(control.ratio),
    decisive: true,
  });
  context.observe({
    label: 'cpu-burner’s own clock',
    inside: subject.printed.split('\n')[0],
    control: control.printed.split('\n')[0],
  });
  context.observe({
    label: 'periods throttled',
    host: periods,
    control: throttled(free),
    decisive: true,
  });
  context.control('cpu-burner 2 1 without --cpus', {
    outcome: control.ratio >= 1.8 * subject.ratio && throttled(free) === 0 ? 'opposite' : 'same',
    observed: `${decimals(control.ratio)} CPUs, never throttled`,
  });
  context.series({
    title: 'CPU time of the control group each second, while two threads compute',
    unit: 'CPUs',
    limit: { label: 'limit', value: 0.5 },
    lines: [
      { label: 'with --cpus 0.5', role: 'subject', points: rates(subject.points, 0.2) },
      { label: 'without', role: 'control', points: rates(control.points, 0.2) },
    ],
  });
});

testRequirement('LIM-03', async (context) => {
  await context.say(
    'Open a container shell that may hold 20 processes, and start a fork bomb in it that wants 100 more.',
  );
  const few = await openShell(context, { hostname: 'few', pidsLimit: '20', network: 'none' });
  const limited = await few.shell.start('fork-bomb 100 --hold', /forked[^\n]*\n/);
  await context.say(
    'It was refused at the limit: with the shell and itself that makes 20, by the kernel’s count too.',
  );
  const forked = Number(/forked (\d+) of 100: EAGAIN/.exec(limited)?.[1]);
  expect(forked).toBe(18);
  const count = few.host.cgroup('pids.current', 'pids.current');
  const refusals = few.host.cgroupValue('pids.events', 'pids.events', 'max') ?? 0;
  expect([few.host.cgroup('pids.max', 'pids.max'), count]).toEqual(['20', '20']);
  expect(few.host.processes()).toHaveLength(20);
  expect(refusals).toBeGreaterThan(0);
  await few.shell.press('C-d');
  await few.shell.prompt();
  expect(await few.shell.type('sh -c "echo the shell lives"')).toBe('the shell lives');

  await context.say(
    'The control: the same bomb in a shell without the limit gets all that it wants.',
  );
  const many = await openShell(context, { hostname: 'many', network: 'none' }, 'control');
  const free = await many.shell.type('fork-bomb 100');
  context.observe({
    label: 'children of the fork bomb',
    inside: forked,
    control: /\d+/.exec(free)?.[0],
    decisive: true,
  });
  context.observe({ label: 'processes in the control group', host: count });
  context.observe({
    label: 'forks refused',
    host: refusals,
    control: many.host.cgroupValue('pids.events', 'pids.events', 'max'),
  });
  context.control('fork-bomb 100 without --pids-limit', {
    outcome: free === 'forked 100 of 100' ? 'opposite' : 'same',
    observed: free,
  });
});

testRequirement('LIM-04', async (context) => {
  const online = readFileSync('/sys/devices/system/cpu/online', 'utf8').trim();
  const last = /\d+$/.exec(online)?.[0] ?? '0';
  if (last === '0') context.notProvenHere('a second processor');
  await context.say(
    `Open a container shell that may use CPU ${last} only, of the host’s ${online}, and let four threads compute in it.`,
  );
  const one = await openShell(context, { hostname: 'one', cpusetCpus: last, network: 'none' });
  const ran = /cpus seen (.*)/.exec(await one.shell.type('cpu-burner 4 0.3'))?.[1];
  expect(ran).toBe(last);
  expect(one.host.cgroup('cpuset.cpus', 'cpuset.cpus')).toBe(last);
  await context.say('They ran on no other; and one that asks for CPU 0 is refused by the kernel.');
  const asking = 'taskset -c 0 cpu-burner 1 0.2 2>&1 | tail -n 1';
  const refused = await one.shell.type(asking);
  expect(refused).toContain('Invalid argument');
  await context.say('The control: without the choice it runs on CPU 0.');
  const any = await openShell(context, { hostname: 'any', network: 'none' }, 'control');
  const granted = await any.shell.type(asking);
  context.observe({ label: 'CPUs that four threads ran on', inside: ran, decisive: true });
  context.observe({ label: 'CPU 0 asked for', inside: refused, control: granted, decisive: true });
  context.observe({
    label: 'CPUs allowed',
    host: one.host.status('Cpus_allowed_list'),
    control: any.host.status('Cpus_allowed_list'),
  });
  context.control(`${asking.replace(' 2>&1 | tail -n 1', '')} without --cpuset-cpus`, {
    outcome: granted === 'cpus seen 0' ? 'opposite' : 'same',
    observed: granted,
  });
});

testRequirement('LIM-05', { promisedBy: 'terrarium' }, async (context) => {
  const { shell, host, name } = await openShell(context, {
    hostname: 'live',
    memory: '64m',
    pidsLimit: '100',
    network: 'none',
  });
  const update = async (...limits: string[]) => {
    const { exitCode, stderr } = await terrarium(['update', name, ...limits]);
    expect([exitCode, stderr]).toEqual([0, '']);
  };
  await context.say(
    'In a shell with 64 MiB and 100 processes, a program of 32 MiB and 50 forks are fine. That is the control.',
  );
  const before = await shell.type('memory-hog 32 >/dev/null; echo $?; fork-bomb 50');
  await context.say(
    'While the shell runs, from the host: terrarium update --memory 24m --pids-limit 10 --cpus 0.5',
  );
  await update('--memory', '24m', '--pids-limit', '10', '--cpus', '0.5');
  expect(host.cgroup('memory.limit_in_bytes', 'memory.max')).toBe(String(24 * MIB));
  expect(host.cgroup('pids.max', 'pids.max')).toBe('10');
  expect(host.cgroup('cpu.cfs_quota_us', 'cpu.max')).toMatch(/^50000( 100000)?$/);
  await context.say('At once the same program is killed, and the same forks are refused.');
  await shell.background('memory-hog 32 >/dev/null', context.subject.killNotice ?? /^/);
  const status = await shell.type('echo $?');
  const forks = await shell.type('fork-bomb 50');
  expect([status, forks]).toEqual(['137', 'forked 8 of 50: EAGAIN']);
  expect(host.cgroupValue('memory.oom_control', 'memory.events', 'oom_kill')).toBe(1);
  await context.say('And raised again, both are fine again.');
  await update('--memory', '64m', '--pids-limit', '100');
  const after = await shell.type('memory-hog 32 >/dev/null; echo $?; fork-bomb 50');
  expect(after).toBe('0\nforked 50 of 50');
  context.observe({
    label: 'memory-hog 32, fork-bomb 50',
    inside: `${status}, ${forks}`,
    control: before.replace('\n', ', '),
    decisive: true,
  });
  context.observe({
    label: 'after raising them again',
    inside: after.replace('\n', ', '),
    host: host.cgroup('memory.limit_in_bytes', 'memory.max'),
  });
  context.control('the same before the limits were lowered', {
    outcome: before === '0\nforked 50 of 50' ? 'opposite' : 'same',
    observed: before.replace('\n', ', '),
  });
});

testRequirement('LIM-08', { promisedBy: 'terrarium' }, async (context) => {
  const command = ['memory-hog', '96'];
  const { shell, host, name } = await openShell(context, { memory: '64m', network: 'none' });
  await context.say('A network namespace made by hand: `ip netns exec` mounts /sys anew in it.');
  const netns = `lim-08-${name}`;
  await execa('ip', ['netns', 'add', netns]);
  context.onCleanup(() => execa('ip', ['netns', 'delete', netns]));
  const inside = (...line: string[]) =>
    execa('ip', ['netns', 'exec', netns, ...line], { reject: false });
  const seen = await inside('ls', '/sys/fs/cgroup');
  expect(seen.stdout).toBe('');

  await context.say(
    'From there, a program in the container asks for more memory than it may have.',
  );
  const kills = () => Number(host.cgroupValue('memory.oom_control', 'memory.events', 'oom_kill'));
  const before = kills();
  const hog = await inside(TERRARIUM, 'exec', '--no-tty', name, '--', ...command);
  expect(hog.exitCode).toBe(137);
  expect(kills() - before).toBe(1);
  await context.say('The shell’s terminal is told of it.');
  await shell.until(context.subject.killNotice ?? /^/);
  await context.say('So does one in a container that is started there.');
  const started = await inside(
    ...[TERRARIUM, 'shell', DEFAULT_ROOTFS, 'box', '--network', 'none', '--memory', '64m'],
    ...['--', ...command],
  );
  expect(started.exitCode).toBe(137);
  context.observe({
    label: `${command.join(' ')} at 64 MiB, from ip netns exec`,
    inside: `exec: ${hog.exitCode}, shell: ${started.exitCode}`,
    host: `${kills() - before} kill in the container's group`,
    decisive: true,
  });

  await context.say('The control: there, too, a container without a limit has that much.');
  const free = await inside(
    ...[TERRARIUM, 'shell', DEFAULT_ROOTFS, 'box', '--network', 'none', '--', ...command],
  );
  expect(free.exitCode).toBe(0);
  context.control('the same program in a container without a limit, from the same place', {
    outcome: free.exitCode === 0 ? 'opposite' : 'same',
    observed: `exit ${free.exitCode}`,
  });
});
