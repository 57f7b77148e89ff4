// A container's leftovers are found, and those of others are not.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test, vi } from 'vitest';
import { groupOf } from './cgroups.ts';
import { counted, Footprint, kindOf } from './footprint.ts';
import { type MountEntry, mountsOf } from './mounts.ts';
import { Probes } from './probes.ts';
import { eventually, Host, namespaceOf } from './process.ts';

/** On a busy machine. */
const POLL = { timeout: 10_000 };

const probes = new Probes({ directory: join(import.meta.dirname, '../../build/workloads') });

interface Container {
  readonly pid: number;
  end(): Promise<void>;
}

/** A process in its own namespaces that sleeps after `script` has run there. */
async function container(script = ''): Promise<Container> {
  const flags = ['--pid', '--net', '--mount', '--uts', '--fork', '--kill-child'];
  const child = spawn('unshare', [...flags, 'sh', '-ec', `${script}\nexec sleep 60`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const exited = once(child, 'exit');
  const end = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(end);
  const first = async () =>
    Number((await execa('pgrep', ['-P', String(child.pid)], { reject: false })).stdout);
  await expect.poll(first, POLL).toBeGreaterThan(0);
  const pid = await first();
  await eventually('it sleeps', () => new Host(pid).programs()[0]?.command === 'sleep 60');
  return { pid, end };
}

function place(): string {
  const directory = mkdtempSync(join(tmpdir(), 'footprint-'));
  onTestFinished(() => rmdirSync(directory));
  return directory;
}

const footprint = ({ pid }: Container, rootfs = '/nowhere', mountsBefore: MountEntry[] = []) =>
  Footprint.of(new Host(pid), {
    ...{ probes, rootfs },
    mountsBefore: mountsBefore.length > 0 ? mountsBefore : mountsOf('self'),
  });

const root = process.geteuid?.() === 0;

/** Process IDs are the same in another PID namespace. */
const random = () => randomBytes(4).toString('hex');

test.runIf(root)('processes and namespaces while it runs, nothing afterwards', async () => {
  const one = await container();
  const found = await footprint(one);
  expect(counted(found.traces())).toBe('1 process, 4 namespace');
  expect(found.traces()).toContain(`namespace ${namespaceOf(one.pid, 'net')}`);
  await one.end();
  expect(await found.inTheEnd()).toEqual([]);
});

test.runIf(root)('a process that is left holds its namespaces', async () => {
  const one = await container();
  const left = spawn('nsenter', ['-t', String(one.pid), '-n', 'sleep', '60']);
  onTestFinished(() => {
    left.kill('SIGKILL');
  });
  await expect.poll(() => namespaceOf(left.pid ?? -1, 'net')).toBe(namespaceOf(one.pid, 'net'));
  const found = await footprint(one);
  const network = namespaceOf(one.pid, 'net');
  await one.end();
  await expect.poll(() => found.traces(), POLL).toEqual([`namespace ${network}`]);
});

// As if it had unshared a namespace, and got the number of a removed one.
test.runIf(root)('an older process that enters later is unrelated', async () => {
  const one = await container();
  const older = spawn('sh', ['-c', `read line; exec nsenter -t ${one.pid} -u sleep 60`], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  onTestFinished(() => {
    older.kill('SIGKILL');
  });
  const uts = namespaceOf(one.pid, 'uts');
  const found = await footprint(one);
  older.stdin.end('\n');
  await expect.poll(() => namespaceOf(older.pid ?? -1, 'uts'), POLL).toBe(uts);
  await one.end();
  expect(await found.inTheEnd()).toEqual([]);
});

test.runIf(root)('a link that is left, by its other end', async () => {
  const name = `f${random()}`;
  const one = await container(
    `ip link add eth0 type veth peer name ${name} netns /proc/${process.pid}/ns/net`,
  );
  const found = await footprint(one);
  expect(found.traces()).toContain(`link ${name}`);
  await one.end();
  expect(await found.inTheEnd()).toEqual([]);
});

test.runIf(root)('mounts on its root, and files of its namespaces', async () => {
  const [rootfs, file, elsewhere] = [place(), place(), place()];
  const before = mountsOf('self');
  const one = await container();
  await execa('mount', ['-t', 'tmpfs', 'left', rootfs]);
  await execa('mount', ['-t', 'tmpfs', 'another’s', elsewhere]);
  const name = join(file, 'net');
  await execa('mount', ['-t', 'tmpfs', 'names', file]);
  writeFileSync(name, '');
  await execa('mount', ['--bind', `/proc/${one.pid}/ns/net`, name]);
  onTestFinished(async () => {
    for (const point of [name, file, elsewhere, rootfs]) await execa('umount', [point]);
  });
  const found = await footprint(one, rootfs, before);
  await one.end();
  await expect
    .poll(() => found.traces(), POLL)
    .toEqual([`mount tmpfs on ${rootfs}`, `name ${name}`]);
});

test.runIf(root)('groups that hold its processes alone', async () => {
  const one = await container();
  const group = join(groupOf(one.pid, 'pids')?.root ?? '', `footprint-${random()}`);
  const below = join(group, 'below');
  for (const directory of [group, below]) mkdirSync(directory);
  onTestFinished(async () => {
    // The kernel empties a cgroup shortly after its last process.
    for (const directory of [below, group])
      await vi.waitFor(() => rmdirSync(directory), { timeout: POLL.timeout });
  });
  writeFileSync(join(below, 'cgroup.procs'), String(one.pid));
  const groups = async () =>
    (await footprint(one)).traces().filter((trace) => kindOf(trace) === 'cgroup');
  expect(await groups()).toEqual([`cgroup ${below}`, `cgroup ${group}`]);
  const other = await container();
  writeFileSync(join(group, 'cgroup.procs'), String(other.pid));
  expect(await groups()).toEqual([`cgroup ${below}`]);
  const found = await footprint(one);
  await one.end();
  await other.end();
  expect(await found.inTheEnd((trace) => kindOf(trace) === 'cgroup')).toEqual([`cgroup ${below}`]);
});
