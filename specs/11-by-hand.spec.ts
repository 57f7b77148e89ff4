// The plan as a shell script: the same container, made by util-linux and iproute2 only, compared
// with the runtime’s own.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { textIfThere } from '../harness/observe/if-there.ts';
import { allPids, eventually, isFirstInside } from '../harness/observe/process.ts';
import type { Box } from '../harness/shell/box.ts';
import { OURS, testRequirement } from './suite.ts';
import { randomName } from './support/places.ts';
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
      const found = allPids().find((pid) => inGroupOf(pid, name) && isFirstInside(pid));
      if (found === undefined) throw new Error(`no process is PID 1 in the cgroups of ${name}`);
      return found;
    },
  };
}

function inGroupOf(pid: number, name: string): boolean {
  return textIfThere(`/proc/${pid}/cgroup`).includes(`/terrarium-${name}\n`);
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
 * What must be the same. The script cannot make a filter or a terminal; its shell has the terminal
 * of the caller.
 */
function essence({
  mounts,
  status: { seccomp: _, ...status },
  ...probed
}: Probed): Record<string, string> {
  const shown = mounts
    .filter(({ point }) => point !== '/dev/console')
    .map(({ point, type, options }) => `${type} on ${point} (${options})`)
    // The kernel lists mounts in the order of their creation, those of a copied tree in its order.
    .sort();
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
const memory = ({ host }: Box) => ({
  host: host.cgroup('memory.limit_in_bytes', 'memory.max') ?? '',
});
const GATEWAY = 'ip route | sed -n "s/default via \\([0-9.]*\\).*/\\1/p"';

testRequirement('CLI-06', OURS, async (context) => {
  const { id, shell, control, host, say, inside, outside, artefact, onCleanup } = context;
  const options = { hostname: 'twin', memory: '64m', pidsLimit: '32' };
  const probe = async (box: Box) => parse(await box.type('probe'));
  await say('A container made by the runtime; probe describes it from inside.');
  const ours = await shell(options);
  const made = await probe(ours);
  await say('The same options with explain --format sh: a script, run by sh.');
  const file = join(tmpdir(), `${randomName(id)}.sh`);
  onCleanup(() => rmSync(file, { force: true }));
  const hand = await shell(options, byHand(file));
  artefact({
    ...{ name: 'by-hand.sh', mediaType: 'text/x-shellscript' },
    text: readFileSync(file, 'utf8'),
  });
  const similar = await probe(hand);

  await say('Inside, hostname, mounts, identity and capabilities are the same.');
  const wanted = essence(made);
  for (const [field, value] of Object.entries(essence(similar)))
    expect([field, inside(`${field}, of both`, value)]).toEqual([field, wanted[field]]);
  await say('From the host, the limits are the same, and each has its own namespaces.');
  for (const box of [ours, hand]) await expect(box).toAnswer('memory limit', memory, 64 * 2 ** 20);
  const bare = parse((await host.run('probe')).stdout);
  const foreign = (other: Probed) =>
    NEW.filter((kind) => similar.namespaces[kind] !== other.namespaces[kind]).join(' ');
  expect(outside('namespaces that are not the host’s', foreign(bare))).toBe(NEW.join(' '));
  expect(outside('namespaces that are not the other’s', foreign(made))).toBe(NEW.join(' '));
  const group = hand.host.cgroupFile('pids.max', 'pids.max') ?? '';
  expect(outside('processes at most', readFileSync(group, 'utf8').trim())).toBe('32');
  await expect(hand).toExitWith(`ping -c 1 -W 5 $(${GATEWAY}) >/dev/null`, 0, { label: 'ping' });

  await say('The control: the same probe on the host without either.');
  await control(
    () => host.shell(),
    async (free) => {
      const its = essence(await probe(free));
      for (const [field, value] of Object.entries(its)) inside(`${field}, of both`, value);
      const telling = ['hostname', 'mounts', 'status'];
      const different = () => telling.filter((field) => its[field] !== wanted[field]).join(', ');
      return expect(free).toAnswer('differs from both in', different, telling.join(', '));
    },
  );
  await say('When its shell exits, the script removes what it made.');
  expect(await hand.exit('exit 3')).toBe(3);
  await eventually('the groups of the script are gone', () => !existsSync(group));
});
