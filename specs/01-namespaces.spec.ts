// Namespaces: each shell has its own, neither the host's nor that of a second container.
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { ShellOptions } from '../harness/base/subject.ts';
import { namesIfThere } from '../harness/observe/if-there.ts';
import { lookIn } from '../harness/observe/look-in.ts';
import { mountsOf } from '../harness/observe/mounts.ts';
import type { NamespaceFile } from '../harness/observe/process.ts';
import type { Box } from '../harness/shell/box.ts';
import type { RequirementContext } from '../harness/spec/context.ts';
import { isOurs, testRequirement } from './suite.ts';
import { listenOn } from './support/network.ts';

/** Two containers, and a shell that shares the host's namespace: by an option, or on the host. */
async function ownNamespace(
  { shell, control, host, say }: RequirementContext,
  kind: NamespaceFile,
  shared?: ShellOptions,
) {
  await say(`Open two container shells: the host and they are in three ${kind} namespaces.`);
  const one = await shell({ hostname: 'one' });
  const two = await shell({ hostname: 'two' });
  await expect(one).toBeInItsOwn(kind, two);
  await say(`The control: a shell that shares the host’s ${kind} namespace.`);
  const free = await control(
    () => (shared === undefined ? host.shell() : shell(shared)),
    (free) => expect(free).toShareTheHosts(kind),
  );
  return { one, two, free };
}

testRequirement('NS-01', async (context) => {
  const { control, host, say } = context;
  const { one, free } = await ownNamespace(context, 'net', { network: 'host' });
  await say('Consequence: a server on the host’s loopback is reachable on the host, not inside.');
  const server = await host.shell('the host, with a server', 'subject');
  const port = await listenOn(server, '127.0.0.1');
  await expect(one).toReachNone('127.0.0.1', port);
  await control(
    async () => free,
    (free) => expect(free).toReach('127.0.0.1', port, { greeter: host.hostname() }),
  );
  await say('/sys shows the links of a namespace: the one inside is not the host’s.');
  const label = 'file system on /sys';
  const hosts = sysOf('self') ?? 'none';
  const sys = (box: Box) => ({ host: sysOf(box.host.pid) ?? 'none' });
  await expect(one).toAnswer(label, sys, (device) => device !== hosts);
  await control(
    async () => free,
    (free) => expect(free).toAnswer(label, sys, hosts),
  );
});

/** The device number of the topmost mount there. */
function sysOf(pid: number | 'self'): string | undefined {
  return mountsOf(pid).findLast(({ point }) => point === '/sys')?.device;
}

testRequirement('NS-02', async (context) => {
  const { control, say } = context;
  const { one, two, free } = await ownNamespace(context, 'mnt');
  await say('Consequence: each mount has an ID, and no ID inside is one of the host’s.');
  const numbers = (pid: number | 'self') => mountsOf(pid).map(({ id }) => id);
  const hosts = new Set([...numbers('self'), ...numbers(two.host.pid)]);
  const alsoThere = ({ host }: Box) => {
    const all = numbers(host.pid);
    return { host: `${all.filter((id) => hosts.has(id)).length} of ${all.length}` };
  };
  const label = 'mounts that the host or the second container has, too';
  await expect(one).toAnswer(label, alsoThere, /^0 of [1-9]/);
  await control(
    async () => free,
    (free) => expect(free).toAnswer(label, alsoThere, /^(?!0)/),
  );
});

testRequirement('NS-03', async (context) => {
  const { control, say } = context;
  const { one, free } = await ownNamespace(context, 'pid', { pid: 'host' });
  await say('Consequence: the shell is process 1 inside, and has another PID on the host.');
  await expect(one).toBeProcess1();
  expect(one.host.pid).not.toBe(1);
  await control(
    async () => free,
    (free) => expect(free).not.toBeProcess1(),
  );
});

testRequirement('NS-04', async (context) => {
  const { control, host, say } = context;
  const hostname = host.hostname();
  const { one, two, free } = await ownNamespace(context, 'uts', { hostname, uts: 'host' });
  await say('Consequence: three hostnames at the same time.');
  await expect(one).toHaveHostname('one');
  await expect(two).toHaveHostname('two');
  await control(
    async () => free,
    (free) => expect(free).toHaveHostname(hostname),
  );
});

testRequirement('NS-05', async (context) => {
  const { control, host, say, onCleanup } = context;
  const { one, two } = await ownNamespace(context, 'ipc', { ipc: 'host' });
  const key = randomInt(1, 2 ** 31);
  // For a subject that shares the host's.
  onCleanup(() => host.run('ipc-maker', ['remove', String(key)]));
  await say('Consequence: memory, semaphores and queues of one container exist nowhere else.');
  await expect(one).toPrint(`ipc-maker create ${key} | xargs`, 'shm: ok sem: ok msg: ok mq: ok');
  const find = async (box: Box) => {
    const { inside, host } = await box.ask('ipc-maker', 'find', String(key));
    return { inside: inside.replaceAll('\n', ' '), host: host.replaceAll('\n', ' ') };
  };
  const nothing = 'shm: ENOENT sem: ENOENT msg: ENOENT mq: ENOENT';
  await expect(two).toAnswer('looking for them', find, nothing);
  const hosts = (await host.run('ipc-maker', ['find', String(key)])).stdout.replaceAll('\n', ' ');
  expect(context.outside('looking for them on the host', hosts)).toBe(nothing);
  if (isOurs(context.subject)) {
    await say('The queue appears only in the /dev/mqueue of its container.');
    const queues = (box: Box) => ({
      host: namesIfThere(`/proc/${box.host.pid}/root/dev/mqueue`).join() || 'none',
    });
    await expect(one).toAnswer('names in its /dev/mqueue', queues, /^[^,]+$/);
    await expect(one).not.toAnswer('names in its /dev/mqueue', queues, 'none');
    await expect(two).toAnswer('names in the other’s /dev/mqueue', queues, 'none');
  }
  await say('The control: a shell that enters the first one’s IPC namespace finds them.');
  await control(
    () => host.shellIn(one, 'ipc'),
    (free) => expect(free).toAnswer('looking for them', find, 'shm: ok sem: ok msg: ok mq: ok'),
  );
});

testRequirement('NS-06', async (context) => {
  const { say, outside } = context;
  const { one } = await ownNamespace(context, 'cgroup', { cgroupns: 'host' });
  await say(
    'What follows: the shell sees its own group as the root; the host sees the whole path.',
  );
  const groups = async (box: Box) => ({
    inside: await box.type('cut -d: -f3- /proc/self/cgroup | sort -u | xargs'),
    host: (await lookIn(box.host.pid, box.program('look-in'))).cgroups.join(' '),
  });
  await expect(one).toAnswer('own cgroup, in this namespace', groups, '/');
  const paths = readFileSync(`/proc/${one.host.pid}/cgroup`, 'utf8').trim().split('\n');
  const whole = [...new Set(paths.map((line) => line.replace(/^[^:]*:[^:]*:/, '')))].join(' ');
  expect(outside('own cgroup, in the host’s namespace', whole)).not.toBe('/');
});
