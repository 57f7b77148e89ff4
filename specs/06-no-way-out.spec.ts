// Limits bind everything that a shell starts, however it is started, and nothing inside leads out
// of the group.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'vitest';
import { eventually, type Host } from '../harness/observe/process.ts';
import { testRequirement } from './suite.ts';
import type { Context } from './support/session.ts';
import { openHostShell, openShell } from './support/session.ts';

/**
 * Host numbers in the control group, by its own list, and in the container's PID namespace: the
 * same, or one got away.
 */
function membersOf(host: Host): {
  readonly group: readonly number[];
  readonly namespace: readonly number[];
} {
  const list = readFileSync(
    host.cgroupFile('pids.max', 'pids.max')?.replace(/[^/]+$/, 'cgroup.procs') ?? '',
    'utf8',
  );
  return { group: list.trim().split('\n').map(Number), namespace: host.processes() };
}

/** A program of the host in a group of its own moves itself back to where it came from. */
async function moveOutOnHost(context: Context, root: string): Promise<string> {
  const control = await openHostShell(context);
  const group = `${root}/scratch-${randomBytes(3).toString('hex')}`;
  context.onCleanup(async () => {
    if (!existsSync(group)) return;
    await eventually(
      'the scratch group is empty',
      () => readFileSync(`${group}/cgroup.procs`, 'utf8') === '',
    );
    rmdirSync(group);
  });
  await control.type(`mkdir ${group}; echo $$ > ${group}/cgroup.procs`);
  expect(readFileSync(`${group}/cgroup.procs`, 'utf8').trim()).toMatch(/^\d+$/);
  const printed = await control.type(
    `echo $$ > ${root}/cgroup.procs && echo moved out || echo could not`,
  );
  return readFileSync(`${group}/cgroup.procs`, 'utf8') === '' ? printed : 'still inside';
}

testRequirement('LIM-06', async (context) => {
  await context.say(
    'Open a container shell with limits on memory and processes, and leave a daemon behind that has no parent.',
  );
  const box = await openShell(context, {
    hostname: 'box',
    memory: '64m',
    pidsLimit: '20',
    network: 'none',
    tmpfs: ['/mnt'],
  });
  const { shell, host } = box;
  await shell.type('sh -c "setsid sleep 300 >/dev/null 2>&1 </dev/null &"');
  await host.executes('sleep 300');
  const parent = await shell.type("awk '/^PPid/ { print $2 }' /proc/$(pidof sleep)/status");
  expect(parent).toBe('1');
  await context.say(
    'The host finds every process of the container in its control group: nobody got away.',
  );
  const { group, namespace } = membersOf(host);
  expect([...group].sort()).toEqual([...namespace].sort());
  expect(group).toHaveLength(2);

  await context.say('A grandchild is killed at the limit as well.');
  const kills = () => host.cgroupValue('memory.oom_control', 'memory.events', 'oom_kill');
  expect(kills()).toBe(0);
  const { killNotice } = context.subject;
  const hog = 'memory-hog 96 --child';
  await (killNotice ? shell.background(hog, killNotice) : shell.type(hog));
  expect(shell.screen).toContain('child ended by SIGKILL');
  expect(kills()).toBe(1);

  await context.say(
    'There is no way out: no file of a control group to write to, and no mounting of one.',
  );
  // On v2 the group's own files are there, read-only; on v1 nothing is.
  const mounts = await shell.type("mount | grep '^cgroup' | grep -vc '[(,]ro[,)]'");
  expect(mounts).toBe('0');
  const ways = [
    'mount -t cgroup -o memory none /mnt',
    'mount -t cgroup2 none /mnt',
    'mkdir /sys/fs/cgroup/out',
    'echo $$ > /sys/fs/cgroup/cgroup.procs',
    'unshare -C true',
  ];
  const answers: string[] = [];
  for (const way of ways)
    answers.push(await shell.type(`(${way}) 2>/dev/null && echo done || echo refused`));
  expect(answers).toEqual(ways.map(() => 'refused'));
  const after = membersOf(host);
  expect([...after.group].sort()).toEqual([...after.namespace].sort());

  await context.say(
    'The control: on the host, a process in a group of its own moves itself out by one write.',
  );
  const root = dirname(dirname(host.cgroupFile('pids.max', 'pids.max') ?? ''));
  const moved = await moveOutOnHost(context, root);
  context.observe({
    label: 'processes: in the group, in the container',
    host: `${group.length}, ${namespace.length}`,
    decisive: true,
  });
  context.observe({ label: 'kills at the limit', host: kills(), decisive: true });
  context.observe({
    label: 'leaving the group',
    inside: answers.join(', '),
    control: moved,
    decisive: true,
  });
  for (const [index, way] of ways.entries())
    context.observe({ label: way, inside: answers[index] });
  context.control('a process in a control group of the host moves itself out', {
    outcome: moved === 'moved out' ? 'opposite' : 'same',
    observed: moved,
  });
});
