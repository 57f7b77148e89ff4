// Namespaces: each shell has its own, seen from inside, from the host and beside a second
// container.
import { readFileSync } from 'node:fs';
import { hostname as hostsOwnName } from 'node:os';
import { expect } from 'vitest';
import { mountsOf } from '../harness/observe/mounts.ts';
import { type NamespaceFile, namespaceOf } from '../harness/observe/process.ts';
import type { Shell } from '../harness/shell/shell.ts';
import { testRequirement } from './suite.ts';
import type { Context } from './support/session.ts';
import { type ContainerShell, onHost, openHostShell, openShell } from './support/session.ts';
import type { ShellOptions } from './support/subject.ts';

interface Own {
  readonly first: ContainerShell;
  readonly second: ContainerShell;
  /** A shell in the host's namespace of this kind. */
  readonly control: ContainerShell;
}

/**
 * Two containers and the host: three namespaces. The control shares the host's, by `shared`, or as
 * a shell on the host.
 */
async function ownNamespace(
  context: Context,
  kind: NamespaceFile,
  noun: string,
  shared?: ShellOptions,
): Promise<Own> {
  const link = `readlink /proc/self/ns/${kind}`;
  await context.say(`Open two container shells and ask each which ${noun} namespace it is in.`);
  const first = await openShell(context, { hostname: 'one' });
  const second = await openShell(context, { hostname: 'two' });
  const inside = await first.shell.type(link);
  const other = await second.shell.type(link);
  const hosts = namespaceOf('self', kind);
  expect(inside).toMatch(new RegExp(`^${kind}:\\[\\d+\\]$`));
  expect(inside).not.toBe(hosts);
  expect(other).not.toBe(hosts);
  expect(other).not.toBe(inside);
  expect(first.host.namespace(kind)).toBe(inside);
  expect(second.host.namespace(kind)).toBe(other);
  await context.say(
    shared
      ? `The control: a shell that shares the host's ${noun} namespace names the host's.`
      : `The control: a shell on the host, without a container, names the host's.`,
  );
  const control = shared
    ? await openShell(context, shared, 'control')
    : await openHostShell(context);
  const without = await control.type(link);
  context.observe({
    label: `${noun} namespace`,
    inside,
    host: hosts,
    control: without,
    decisive: true,
  });
  context.observe({ label: `${noun} namespace of a second container`, inside: other, host: hosts });
  context.observe({
    label: `/proc/${first.host.pid}/ns/${kind} on the host`,
    inside,
    host: first.host.namespace(kind),
  });
  context.control(control.description, {
    outcome: without === hosts ? 'opposite' : 'same',
    observed: without,
  });
  return { first, second, control };
}

testRequirement('NS-01', async (context) => {
  const { first, control } = await ownNamespace(context, 'net', 'network', { network: 'host' });
  await context.say(
    "What follows from it: inside is one end of the container's link; the other end is on the host, where the control sees it.",
  );
  const { container, parent } = await context.host.pair(first);
  const inside = await first.shell.type('ls -1 /sys/class/net');
  const without = await control.type('ls -1 /sys/class/net');
  expect(inside.split(/\s+/)).toEqual(expect.arrayContaining([container.name, 'lo']));
  expect(inside.split(/\s+/)).not.toContain(parent.name);
  expect(without.split(/\s+/)).toContain(parent.name);
});

testRequirement('NS-02', async (context) => {
  const { first, second, control } = await ownNamespace(context, 'mnt', 'mount');
  await context.say(
    'What follows from it: every mount has a number of its own, and no number inside is one of the host.',
  );
  const hosts = new Set(mountsOf('self').map(({ id }) => id));
  const numbers = async (shell: Shell) =>
    (await shell.type('cut -d" " -f1 /proc/self/mountinfo | xargs')).split(' ');
  const inside = await numbers(first.shell);
  const other = await numbers(second.shell);
  const outside = await numbers(control);
  const alsoThere = (ids: readonly string[]) => ids.filter((id) => hosts.has(id)).length;
  expect(inside.length).toBeGreaterThan(5);
  expect(inside.filter((id) => other.includes(id))).toEqual([]);
  expect([...inside, ...other].filter((id) => hosts.has(id))).toEqual([]);
  expect(alsoThere(outside)).toBeGreaterThan(0);
  context.observe({
    label: "mounts that the host's table has too",
    inside: alsoThere(inside),
    control: alsoThere(outside),
  });
});

testRequirement('NS-03', async (context) => {
  const { first, control } = await ownNamespace(context, 'pid', 'PID', {
    pid: 'host',
  });
  await context.say(
    'What follows from it: the shell is process 1 here, and has another number on the host.',
  );
  const inside = await first.shell.type('echo $$');
  const outside = await control.type('echo $$');
  expect(inside).toBe('1');
  expect(first.host.status('NSpid').split(/\s+/)).toEqual([String(first.host.pid), '1']);
  expect(outside).not.toBe('1');
  context.observe({
    label: 'number of the shell',
    inside,
    host: first.host.pid,
    control: outside,
    decisive: true,
  });
});

testRequirement('NS-04', async (context) => {
  const { first, second, control } = await ownNamespace(context, 'uts', 'UTS', {
    hostname: hostsOwnName(),
    uts: 'host',
  });
  await context.say('What follows from it: three names at the same moment.');
  const names = [
    await first.shell.type('hostname'),
    await second.shell.type('hostname'),
    await control.type('hostname'),
  ];
  expect(names).toEqual(['one', 'two', hostsOwnName()]);
});

testRequirement('NS-05', async (context) => {
  const { first, second } = await ownNamespace(context, 'ipc', 'IPC', {
    ipc: 'host',
  });
  await context.say(
    'What follows from it: shared memory, semaphores and queues made in one container are nowhere else.',
  );
  const key = 100_000 + process.pid;
  const made = await first.shell.type(`ipc-maker create ${key} | xargs`);
  expect(made).toBe('shm: ok sem: ok msg: ok mq: ok');
  const found = await second.shell.type(`ipc-maker find ${key} | xargs`);
  const onTheHost = (await onHost('ipc-maker', ['find', String(key)])).stdout.replaceAll('\n', ' ');
  expect(found).toBe('shm: ENOENT sem: ENOENT msg: ENOENT mq: ENOENT');
  expect(onTheHost).toBe(found);
  context.observe({
    label: `looking for the objects with key ${key}`,
    inside: made,
    host: onTheHost,
  });
});

testRequirement('NS-06', async (context) => {
  const { first } = await ownNamespace(context, 'cgroup', 'cgroup', {
    cgroupns: 'host',
  });
  await context.say(
    'What follows from it: the shell takes its own group for the root; the host sees the whole path of it.',
  );
  const inside = await first.shell.type('cut -d: -f3- /proc/self/cgroup | sort -u | xargs');
  const outside = groupsOf(first.host.pid);
  expect(inside).toBe('/');
  expect(outside).not.toBe('/');
  context.observe({ label: 'own control group', inside, host: outside, decisive: true });
});

/** Paths of a process's control groups as the host sees them. */
function groupsOf(pid: number): string {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  return [...new Set(lines.map((line) => line.replace(/^[^:]*:[^:]*:/, '')))].join(' ');
}
