// The plan as a shell script: the same container, made with util-linux and iproute2 alone, compared
// with the runtime’s own.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { allPids, eventually, statusOf } from '../harness/observe/process.ts';
import { testRequirement } from './suite.ts';
import { type ContainerShell, onHost, openShell } from './support/session.ts';
import { type Subject, shellCommand, terrariumSubject } from './support/subject.ts';

/** `explain --format sh` of the same options, written to `file` and run by the host’s sh. */
function byHand(file: string): Subject {
  return {
    ...terrariumSubject,
    name: 'a shell script',
    start({ options: { further: _, ...options }, rootfs, hostname, name }) {
      const [terrarium = '', , ...rest] = shellCommand({ ...options, rootfs, hostname, name });
      return {
        commandLine: [
          ...['sh', '-c', '"$@" >"$0" && exec sh "$0"', file],
          ...[terrarium, 'explain', ...rest, '--tty', '--format', 'sh'],
        ],
      };
    },
    async firstProcess(name) {
      const found = allPids().find(
        (pid) => inGroupOf(pid, name) && statusIfThere(pid, 'NSpid').endsWith('\t1'),
      );
      if (found === undefined)
        throw new Error(`no process is PID 1 in the control groups of ${name}`);
      return found;
    },
  };
}

function statusIfThere(pid: number, field: string): string {
  try {
    return statusOf(pid, field);
  } catch {
    return '';
  }
}

function inGroupOf(pid: number, name: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`/terrarium-${name}\n`);
  } catch {
    return false;
  }
}

interface Probed {
  readonly namespaces: Readonly<Record<string, number>>;
  readonly mounts: readonly {
    readonly point: string;
    readonly type: string;
    readonly options: string;
    readonly root: string;
  }[];
  readonly status: Readonly<Record<string, string | number>>;
  readonly [field: string]: unknown;
}

const parse = (text: string): Probed => JSON.parse(text);

/**
 * What must be the same. The script can make no filter and no terminal, and leaves the shell the
 * one it was started from.
 */
function essence({
  mounts,
  status: { seccomp: _, ...status },
  ...probed
}: Probed): Record<string, string> {
  const shown = mounts
    .filter(({ point }) => point !== '/dev/console')
    .map(({ point, type, options }) => `${type} on ${point} (${options})`);
  const fields = ['hostname', 'uid', 'gid', 'groups', 'umask', 'cwd', 'cgroups'].map((field) => [
    field,
    JSON.stringify(probed[field]),
  ]);
  return {
    ...Object.fromEntries(fields),
    mounts: shown.join('\n'),
    status: JSON.stringify(status),
  };
}

const NEW = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'];
const memory = ({ host }: ContainerShell) => host.cgroup('memory.limit_in_bytes', 'memory.max');

testRequirement('CLI-06', async (context) => {
  const options = { hostname: 'twin', memory: '64m', pidsLimit: '32' };
  await context.say('A container as the runtime makes it; probe tells what it is like inside.');
  const ours = await openShell(context, options);
  const made = parse(await ours.shell.type('probe'));

  await context.say(
    'The same options given to explain --format sh: a script, run by sh, with no runtime under it.',
  );
  const file = join(tmpdir(), `cli-06-${randomBytes(3).toString('hex')}.sh`);
  context.onCleanup(() => rmSync(file, { force: true }));
  const hand = await openShell(context, options, 'subject', byHand(file));
  const script = readFileSync(file, 'utf8');
  context.artefact({ name: 'by-hand.sh', mediaType: 'text/x-shellscript', text: script });
  const similar = parse(await hand.shell.type('probe'));

  await context.say(
    'Inside, name, mounts, identity and capabilities are the same. From the host, limits and namespaces are seen.',
  );
  expect(essence(similar)).toEqual(essence(made));
  const host = parse((await onHost('probe')).stdout);
  const foreign = (probed: Probed, other: Probed) =>
    NEW.filter((kind) => probed.namespaces[kind] !== other.namespaces[kind]);
  expect([foreign(similar, host), foreign(similar, made)]).toEqual([NEW, NEW]);
  expect([memory(hand), memory(ours)]).toEqual(['67108864', '67108864']);
  const group = hand.host.cgroupFile('pids.max', 'pids.max') ?? '';
  expect(readFileSync(group, 'utf8')).toBe('32\n');
  expect(
    await hand.shell.type(
      'ping -c 1 -W 5 $(ip route | sed -n "s/default via \\([0-9.]*\\).*/\\1/p") >/dev/null; echo $?',
    ),
  ).toBe('0');

  await context.say('When its shell ends, the script takes back what it made.');
  expect(await hand.shell.exit('exit 3')).toBe(3);
  await eventually('the groups of the script are gone', () => !existsSync(group));

  await context.say('The control: the same probe on the host without either.');
  const [inside, outside] = [essence(similar), essence(host)];
  for (const [field, value] of Object.entries(inside))
    context.observe({
      label: `${field}, of both`,
      inside: value,
      control: outside[field],
      decisive: true,
    });
  context.observe({ label: 'memory limit, of both', host: '67108864', decisive: true });
  const different = Object.keys(inside).filter((field) => inside[field] !== outside[field]);
  context.control('the same probe on the host', {
    outcome: ['hostname', 'mounts', 'status'].every((field) => different.includes(field))
      ? 'opposite'
      : 'same',
    observed: `differs in ${different.join(', ')}`,
  });
});
