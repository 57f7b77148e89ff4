// Nothing of a container stays on the host: after the shell's exit, after kill -9, after a failed
// step, after simultaneous starts.
import { mkdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { supported } from '../harness/base/subject.ts';
import { groupOf } from '../harness/observe/cgroups.ts';
import { hasController } from '../harness/observe/features.ts';
import { counted, Footprint, kindOf } from '../harness/observe/footprint.ts';
import { textIfThere } from '../harness/observe/if-there.ts';
import { mountsOf } from '../harness/observe/mounts.ts';
import { eventually, Host } from '../harness/observe/process.ts';
import type { Box } from '../harness/shell/box.ts';
import { type Context, isOurs, OURS, testRequirement } from './suite.ts';
import { openTerminal } from './support/host-shells.ts';
import { DEFAULT_ROOTFS, journalOf, PROBES, randomName } from './support/places.ts';
import type { ShellOptions } from './support/subject.ts';
import { deleteIfThere, hostPid, terrarium } from './support/subject.ts';
import { keptOf } from './support/traces.ts';
import { delegatedTo, systemdRuns } from './support/units.ts';

/** A container with everything that it can have. */
const EVERYTHING: ShellOptions = {
  memory: '64m',
  cpus: '0.5',
  pidsLimit: '50',
  tmpfs: ['/mnt'],
};
const ADDED: ShellOptions = {
  ...(hasController('cpuset') ? { cpusetCpus: '0' } : {}),
  volumes: ['/usr:/srv:ro'],
};

/** In addition to the usual. */
const KEPT = ['link', 'state', 'address'];

/** Opens a container shell with everything, and leaves processes behind in it. */
async function openBusy({ subject }: Context, open: Context['shell'] | Context['piped']) {
  const box = await open({ ...EVERYTHING, ...supported(subject, ADDED) });
  await box.type('sh -c "setsid sleep 300 >/dev/null 2>&1 </dev/null &"');
  await box.type('head -c 1000000 /dev/zero > /mnt/file');
  return box;
}

/** The search must find something while it runs, or finding nothing afterwards proves nothing. */
function whileItRuns({ control, subject }: Context, box: Box): Promise<Box> {
  const kinds = ['process', 'namespace', 'cgroup', ...(isOurs(subject) ? KEPT : [])];
  return control(
    async () => box,
    (running) => expect(running).toBeSeenOnTheHost(...kinds),
    'the same look at the host while the container runs',
  );
}

testRequirement('CLEAN-01', async (context) => {
  const { shell, say } = context;
  await say('Open a container shell with limits, a network, mounts and a daemon.');
  const box = await openBusy(context, shell);
  await say('List what the host has of it. Then the shell exits.');
  const group = groupOf(box.host.pid, 'pids')?.directory;
  // As a container with writable cgroups makes one, or a monitor of the host.
  if (isOurs(context.subject) && group !== undefined) mkdirSync(join(group, 'below'));
  await whileItRuns(context, box);
  await expect(box).toLeaveNothing(async () => expect(await box.exit()).toBe(0));
});

testRequirement('CLEAN-02', async (context) => {
  const { shell, piped, say, subject } = context;
  for (const [how, open] of [
    ['on a terminal', shell],
    // Without a hangup only the kernel can end it.
    ['without one', piped],
  ] as const) {
    await say(`Open a container shell ${how}, leave a daemon, and kill its runtime with kill -9.`);
    const box = await openBusy(context, open);
    await say('Its first process ignores a hangup and the end of its input.');
    await box.enter('exec sleep 301');
    await box.host.executes('sleep 300');
    await eventually('it sleeps', () => box.host.programs()[0]?.command === 'sleep 301');
    await whileItRuns(context, box);
    await expect(box).toLeaveNothingAlive(() => box.kill('SIGKILL'));
    if (subject.recovery === undefined) continue;
    await say(
      `${subject.recovery.replace(/^.*\//, '')} takes back what is written in the journal.`,
    );
    const { recovery } = subject;
    const terminal = await openTerminal(context);
    await expect(box).toLeaveNothing(() => terminal.type(recovery));
    if (!isOurs(subject)) continue;
    const gone = new RegExp(`there is no container ${box.name}`);
    await expect(terminal).toPrint(`terrarium state ${box.name}`, gone, 'its state');
  }
});

/** What ends a container at the death of its runtime, as its plan says. */
async function meansOf(terminal: Box): Promise<{ readonly said: string; readonly sure: boolean }> {
  const plan = await terminal.type('terrarium explain default box');
  const signal = plan.includes('die with the runtime') ? ['the death signal'] : [];
  const sure = /clone3 .*\bautoreap pidfd_autokill\b/.test(plan);
  return { said: [...signal, ...(sure ? ['the pidfd'] : [])].join(' and '), sure };
}

testRequirement('CLEAN-08', OURS, async (context) => {
  const { id, piped, control, say, inside, outside, onCleanup } = context;
  const terminal = await openTerminal(context);
  const { said, sure } = await meansOf(terminal);
  await say('explain says by which means a container ends with its runtime.');
  expect(inside('means', said)).toMatch(/^the death signal/);

  await say('Three containers run, each with a daemon. Their runtimes are killed with kill -9.');
  const boxes = await Promise.all(['304', '305', '306'].map(() => openBusy(context, piped)));
  for (const [index, box] of boxes.entries()) {
    await box.enter(`exec sleep ${304 + index}`);
    await eventually('it sleeps', () => box.host.programs()[0]?.command === `sleep ${304 + index}`);
    await expect(box).toLeaveNothingAlive(() => box.kill('SIGKILL'));
  }

  await say('A program can switch off its own death signal, as outliver does, but not the pidfd.');
  const box = await piped({});
  const first = box.host;
  await box.enter('exec outliver sleep 307');
  await eventually('it sleeps', () => first.programs()[0]?.command === 'sleep 307');
  if (sure) await expect(box).toLeaveNothingAlive(() => box.kill('SIGKILL'));
  else {
    await box.kill('SIGKILL');
    expect(outside('after kill -9', alive(first))).toBe('alive');
    await say('Without the pidfd such a program is left, and gc ends it.');
    await terminal.type('terrarium gc');
    await eventually('it has ended', () => alive(first) === 'gone');
  }

  await say('The control: a detached container outlives the runtime that has started it.');
  const name = randomName(id);
  onCleanup(() => deleteIfThere(name));
  await terminal.type(`terrarium shell default box --name ${name} --detach -- sleep 308`);
  const detached = new Host(await hostPid(name));
  control('the same look at a detached container, whose runtime has ended', {
    outcome: alive(detached) === 'alive' ? 'opposite' : 'same',
    observed: alive(detached),
  });
});

function alive(process: Host): string {
  return process.runs() ? 'alive' : 'gone';
}

/** What the host has of a detached container. */
async function footprintOf(name: string): Promise<Footprint> {
  return Footprint.of(new Host(await hostPid(name)), {
    ...{ probes: PROBES, rootfs: DEFAULT_ROOTFS },
    mountsBefore: mountsOf('self'),
    keeps: () => keptOf(name),
  });
}

testRequirement('CLEAN-03', OURS, async (context) => {
  const { id, control, say, inside, outside, onCleanup } = context;
  const terminal = await openTerminal(context);
  const name = randomName(id);
  const options = `default box --name ${name} --memory 64m --pids-limit 20`;
  await say('The control: a running container, to list what the host has of it.');
  onCleanup(() => terrarium(['delete', '--force', name]));
  await terminal.type(`terrarium shell ${options} --detach -- sleep 300`);
  const footprint = await footprintOf(name);
  const before = footprint.traces();
  control('the same look at the host while a container runs', {
    outcome: /process.*namespace.*link.*cgroup.*state.*address/.test(counted(before))
      ? 'opposite'
      : 'same',
    observed: counted(before),
  });
  await terminal.type(`terrarium delete --force ${name}`);
  expect(await footprint.inTheEnd()).toEqual([]);

  const second = await openTerminal(context);
  const group = systemdRuns()
    ? // A scope's name is random, so use a delegated one: cgroups below it have known names.
      `${await delegatedTo(second.host.pid, randomName(id))}/terrarium-${name}`
    : (before.find((trace) => trace.startsWith('cgroup '))?.slice('cgroup '.length) ?? '');
  const sleeper = 'p=$(sleep 300 >/dev/null & echo $!)';
  const inUse = `${sleeper}; mkdir ${group}; echo $p > ${group}/cgroup.procs`;
  // kill and rmdir fail if the failed start removed what was not its own.
  const free = `kill $p; while kill -0 $p 2>/dev/null; do sleep .01; done; rmdir ${group}`;
  const faults = [
    ['early: a group of that name is in use, and not its own', '-- true', group],
    ['in the middle: a mount below a file', '--volume /usr:/etc/passwd/below -- true'],
    ['late: the command is not there', '-- no-such-command'],
  ] as const;
  for (const [which, line, taken] of faults) {
    const [there, first, last] = taken ? [second, inUse, free] : [terminal, ':', ':'];
    await say(`The same with a failing step, ${which}. The error names it like explain.`);
    // Before the start, which enables controllers in the parent cgroup: later plans omit that step.
    const planned = await there.type(`terrarium explain ${options} ${line}`);
    const run = `terrarium shell ${options} ${line}; echo $?`;
    const printed = await there.type(`${first}; ${run}; ${last}`);
    expect(printed).toMatch(/\n12[57]$/);
    const [, step = '', what = ''] =
      /^terrarium: setup (\d+)\/\d+ (.*): E[A-Z]+, /m.exec(inside(which, printed)) ?? [];
    expect(planned.replaceAll(/^ *(\d+) +\w+ +/gm, '$1 ').split('\n')).toContain(`${step} ${what}`);
    expect(outside(`left, ${which}`, counted(await footprint.inTheEnd()))).toBe('nothing');
  }
});

testRequirement('CLEAN-04', async (context) => {
  const { shell, host, say, outside, subject } = context;
  await say('Four container shells are started simultaneously from one root file system.');
  const start = () => shell({ memory: '64m', ...supported(subject, { init: true }) });
  const boxes = await Promise.all([start(), start(), start(), start()]);
  const pairs = await Promise.all(boxes.map((box) => host.pair(box)));
  const addresses = pairs.map(({ container }) => container.address);
  await say(`All run, each with its own address: ${addresses.join(', ')}.`);
  expect(new Set(outside('addresses', addresses.join()).split(',')).size).toBe(boxes.length);
  expect(new Set(boxes.map((box) => box.host.namespace('net'))).size).toBe(boxes.length);
  for (const box of boxes) await whileItRuns(context, box);
  await say('All exit simultaneously. Nothing is left.');
  const exits = async (box: Box) => expect(await box.exit()).toBe(0);
  await Promise.all(boxes.map((box) => expect(box).toLeaveNothing(() => exits(box))));
});

testRequirement('CLEAN-07', OURS, async ({ id, control, say, inside, outside, onCleanup }) => {
  const name = randomName(id);
  const start = (one: string) => {
    onCleanup(() => deleteIfThere(one));
    const options = ['--name', one, '--memory', '64m', '--detach', '--', 'sleep', '300'];
    return terrarium(['shell', DEFAULT_ROOTFS, 'box', ...options]);
  };
  const codes = (ended: readonly { readonly exitCode?: number }[]) =>
    ended
      .map(({ exitCode }) => exitCode)
      .sort()
      .join(', ');
  await say('Two containers with one name are started at once. Exactly one succeeds.');
  const both = await Promise.all([start(name), start(name)]);
  expect(outside('exit codes', codes(both))).toBe('0, 125');
  const loser = both.find(({ exitCode }) => exitCode !== 0)?.stderr ?? '';
  expect(inside('what the other prints', loser)).toContain(`container ${name} exists already`);
  await say('The first is complete: the other removed nothing of it.');
  const footprint = await footprintOf(name);
  const has = counted(footprint.traces());
  expect(outside('what it has', has)).toMatch(/process.*namespace.*link.*cgroup.*state.*address/);
  await terrarium(['delete', '--force', name]);
  expect(outside('after it is deleted', counted(await footprint.inTheEnd()))).toBe('nothing');
  await say('The control: two with different names do not collide.');
  const apart = await Promise.all([start(`${name}-a`), start(`${name}-b`)]);
  control('two starts at once with different names', {
    outcome: codes(apart) === '0, 0' ? 'opposite' : 'same',
    observed: `exit codes ${codes(apart)}`,
  });
});

testRequirement('CLEAN-06', OURS, async (context) => {
  const { id, control, say, inside, outside, onCleanup } = context;
  const terminal = await openTerminal(context);
  const name = randomName(id);
  const [healthy, damaged] = [`${name}-a`, `${name}-b`];
  for (const one of [healthy, damaged]) onCleanup(() => terrarium(['delete', '--force', one]));
  await say('Two containers run.');
  for (const one of [healthy, damaged])
    await terminal.type(`terrarium shell default box --name ${one} --detach -- sleep 300`);
  const footprint = await footprintOf(damaged);
  const first = await hostPid(damaged);
  const before = footprint.traces();
  const list = () => terminal.type(`terrarium list --quiet 2>/dev/null | grep ${name}`);
  const whole = await list();
  control('the same list before the journal was cut', {
    outcome: whole === `${healthy}\n${damaged}` ? 'opposite' : 'same',
    observed: whole,
  });

  await say('One journal is truncated, as after a disk failure.');
  truncateSync(journalOf(damaged), 100);
  expect(inside('listed', await list())).toBe(healthy);
  const said = await terminal.type(`terrarium list 2>&1 >/dev/null | grep ${name}; echo $?`);
  expect(inside('said by list', said)).toMatch(
    / is cut off in its first line: `terrarium delete --force [\s\S]*\n0$/,
  );
  await say('gc reports it and leaves it alone. Deleting it by name leaves nothing.');
  const gc = await terminal.type(`terrarium gc 2>&1 | grep ${name}`);
  expect(inside('said by gc', gc)).toMatch(/: left alone: /);
  expect(footprint.traces()).toEqual(before);
  const refused = `terrarium delete ${damaged}`;
  await expect(terminal).toExitWith(refused, 125, { printing: /delete --force/ });
  await say('Its link is removed, too, even with another process in its network namespace.');
  const holder = execa('nsenter', [`--net=/proc/${first}/ns/net`, 'sleep', '303']);
  onCleanup(() => holder.kill('SIGKILL'));
  const holds = () => textIfThere(`/proc/${holder.pid}/cmdline`).startsWith('sleep');
  await eventually('a process is in its network namespace', holds);
  await terminal.type(`terrarium delete --force ${damaged}`);
  const links = footprint.traces().filter((trace) => kindOf(trace) === 'link');
  expect(outside('links of the damaged one', links.length)).toBe(0);
  holder.kill('SIGKILL');
  await holder.catch(() => {});
  expect(outside('of the damaged one', counted(await footprint.inTheEnd()))).toBe('nothing');
  expect(await list()).toBe(healthy);
});
