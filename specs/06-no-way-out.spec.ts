// Limits apply to everything that a shell starts, and no process inside can leave the cgroup.
import { readFileSync, rmdirSync } from 'node:fs';
import { expect } from 'vitest';
import { groupOf } from '../harness/observe/cgroups.ts';
import { textIfThere } from '../harness/observe/if-there.ts';
import { eventually, statusOf } from '../harness/observe/process.ts';
import type { Box } from '../harness/shell/box.ts';
import { testRequirement } from './suite.ts';
import { randomName } from './support/places.ts';

const WAYS = [
  'mount -t cgroup -o memory none /mnt',
  'mount -t cgroup2 none /mnt',
  'mkdir /sys/fs/cgroup/out',
  'echo $$ > /sys/fs/cgroup/cgroup.procs',
  'unshare -C true',
];
const WRITABLE = 'trees of groups that can be written to';
const tried = (way: string) => `(${way}) 2>/dev/null && echo done || echo refused`;

/** Its PID in the innermost PID namespace. */
function parentOfDaemon({ host }: Box) {
  const daemon = host.programs().find(({ command }) => command === 'sleep 300');
  const parent = Number(statusOf(daemon?.pid ?? host.pid, 'PPid'));
  return { host: statusOf(parent, 'NSpid').split(/\s+/).at(-1) ?? '' };
}

testRequirement('LIM-06', async ({ shell, control, host, say, onCleanup }) => {
  await say('Open a container shell with limits, and start an orphaned daemon.');
  const limits = { memory: '64m', pidsLimit: '20' };
  const box = await shell({ ...limits, network: 'none', tmpfs: ['/mnt'] });
  await box.type('sh -c "setsid sleep 300 >/dev/null 2>&1 </dev/null &"');
  await box.host.executes('sleep 300');
  await expect(box).toAnswer('parent of the daemon, in its namespace', parentOfDaemon, '1');
  await say('The host finds every process of the container in its cgroup.');
  await expect(box).toBoundAllItsProcesses(2);
  await say('A grandchild is killed at the limit as well.');
  await expect(box).toBeKilledAt('64m', 'memory-hog 96 --child');

  await say('There is no way out: no writable cgroup file, and no mount of one.');
  // On v2 the cgroup's own files are there, read-only; on v1 nothing is.
  await expect(box).toPrint("mount | grep '^cgroup' | grep -vc '[(,]ro[,)]'", '0', WRITABLE);
  for (const way of WAYS) await expect(box).toPrint(tried(way), 'refused', way);
  await expect(box).toBoundAllItsProcesses(2);

  await say('The control: on the host, a process moves itself out of its own cgroup.');
  const root = groupOf(box.host.pid, 'pids')?.root ?? '';
  const group = `${root}/${randomName('scratch')}`;
  await control(
    async () => {
      const free = await host.shell();
      await free.type(`mkdir ${group}; echo $$ > ${group}/cgroup.procs`);
      onCleanup(async () => {
        const isEmpty = () => textIfThere(`${group}/cgroup.procs`) === '';
        await eventually('the scratch group is empty', isEmpty);
        rmdirSync(group);
      });
      expect(readFileSync(`${group}/cgroup.procs`, 'utf8').trim()).toBe(String(free.pid));
      return free;
    },
    async (free) => [
      await expect(free).toPrint(tried(`echo $$ > ${root}/cgroup.procs`), 'done', WAYS[3]),
      await expect(free).toAnswer(
        'processes in the group that was left',
        () => ({ host: readFileSync(`${group}/cgroup.procs`, 'utf8') }),
        '',
      ),
    ],
  );
});
