// Containers prepared by createPool: each is used once, and leaves nothing for the next.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Recorded } from '../harness/matchers/recorded.ts';
import { hasController } from '../harness/observe/features.ts';
import {
  eventually,
  firstsInside,
  Host,
  type NamespaceFile,
  namespaceOf,
} from '../harness/observe/process.ts';
import { Shell } from '../harness/shell/shell.ts';
import { type Context, OURS, testRequirement } from './suite.ts';
import { DEFAULT_ROOTFS, ROOT } from './support/places.ts';

const PROGRAM = fileURLToPath(new URL('./support/pool-prompt.ts', import.meta.url));
const ALLOWED = ['SYS_ADMIN', 'NET_ADMIN'];
const KINDS: readonly NamespaceFile[] = ['mnt', 'pid', 'net', 'uts', 'ipc', 'cgroup'];
const HOG_MIB = 24;

/**
 * What a container may leave behind, how, and where the next one would find it. A look prints
 * nothing if there is nothing.
 */
const TRACES: readonly (readonly [what: string, leave: string, look: string, found: string])[] = [
  ['file in /tmp', 'echo left >/tmp/note', 'cat /tmp/note', 'left'],
  ['file in /dev/shm', 'echo left >/dev/shm/note', 'cat /dev/shm/note', 'left'],
  ['file in /dev', 'echo left >/dev/note', 'cat /dev/note', 'left'],
  [
    'mount',
    'mount -t tmpfs left /mnt',
    'grep -o "^left /mnt tmpfs" /proc/mounts',
    'left /mnt tmpfs',
  ],
  ['hostname', 'hostname left', 'hostname | grep left', 'left'],
  [
    'IPC objects',
    'ipc-maker create 4711 >/dev/null',
    'ipc-maker find 4711 | grep ok',
    'shm: ok sem: ok msg: ok mq: ok',
  ],
  [
    'address',
    'ip address add 10.47.11.1/32 dev lo',
    'ip -4 -o address | grep -o 10.47.11.1',
    '10.47.11.1',
  ],
  [
    'process',
    'sleep 4711 & until ps -o args | grep -q "^sleep 4711"; do :; done',
    'ps -o args | grep "^sleep 4711"',
    'sleep 4711',
  ],
  // The last one, since it stays in the foreground.
  [
    'listener',
    'exec echo-server 7000',
    'echo-client 127.0.0.1 7000 hello | grep -o "echo hello"',
    'echo hello',
  ],
];

/** What the container that left it finds. */
const WANTED = new Map([
  ...TRACES.map(([what, , , left]): [string, string] => [what, left]),
  ['environment', 'NOTE=left'],
]);

/**
 * Both as files visible to all containers. The variable is set on the command line; a process with
 * it shows it in /proc.
 */
function scriptsFor(context: Context): string {
  const directory = mkdtempSync(join(tmpdir(), 'pool-'));
  context.onCleanup(() => rmSync(directory, { recursive: true }));
  const leave = [`memory-hog ${HOG_MIB} >/dev/null`, ...TRACES.map(([, command]) => command)];
  const environment = "cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep -m 1 NOTE=";
  const looks = [...TRACES.map(([what, , look]) => [what, look]), ['environment', environment]];
  // Unquoted: several lines become one.
  const look = looks.map(
    ([what, command]) => `echo "${what}:" $(${command} 2>/dev/null || echo nothing)`,
  );
  const namespaces = `for kind in ${KINDS.join(' ')}; do readlink /proc/1/ns/$kind; done`;
  writeFileSync(join(directory, 'leave'), `${leave.join('\n')}\n`);
  writeFileSync(
    join(directory, 'look'),
    `${[...look, `echo "namespaces:" $(${namespaces})`].join('\n')}\n`,
  );
  context.artefact({
    name: 'how the other looks for it',
    mediaType: 'text/plain',
    text: readFileSync(join(directory, 'look'), 'utf8'),
  });
  return directory;
}

const LEAVE = 'NOTE=left sh /srv/leave &';
const LOOK = 'sh /srv/look';
const LISTENING = /listening on \S+\n/;

async function openPool(context: Context, options: object): Promise<Shell> {
  const commandLine = [process.execPath, PROGRAM, JSON.stringify(options)];
  const shell = new Shell({ title: 'a program with a pool', commandLine, prompt: /(^|\n)pool# $/ });
  context.onCleanup(async () => {
    await shell.close();
    const command = commandLine.slice(1).map((word) => word.replaceAll(`${ROOT}/`, ''));
    context.transcript({
      title: 'a program with a pool',
      role: 'subject',
      command: `node ${command.join(' ')}`,
      cast: shell.recording.cast(),
    });
  });
  return shell.ready();
}

/**
 * Pool containers that wait for a command, or are still in preparation with all namespaces: the
 * cgroup namespace comes last.
 */
function waiting(shell: Shell, used: readonly Host[] = []): Host[] {
  return firstsInside(shell.pid)
    .filter((pid) => used.every((host) => host.pid !== pid))
    .filter((pid) => namespaceOf(pid, 'cgroup') !== namespaceOf('self', 'cgroup'))
    .map((pid) => new Host(pid));
}

function isServer({ pid }: Host): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('echo-server');
}

interface Outside {
  readonly namespaces: readonly string[];
  /** The cgroups that are not the host's. */
  readonly groups: readonly string[];
  /** Its peak memory; undefined if the kernel does not report it. */
  readonly peakMiB: number | undefined;
}

/** A container, observed on the host. */
function outsideOf(host: Host): Outside {
  const groups = (pid: number | 'self') =>
    readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  const peakBytes = host.cgroup('memory.max_usage_in_bytes', 'memory.peak');
  return {
    namespaces: KINDS.map((kind) => host.namespace(kind)),
    groups: groups(host.pid).filter((group) => !groups('self').includes(group)),
    peakMiB: peakBytes === undefined ? undefined : Math.round(Number(peakBytes) / 2 ** 20),
  };
}

/** The output of a look: the searched thing, and what was found. */
function found(printed: string): ReadonlyMap<string, string> {
  return new Map(
    printed
      .split('\n')
      .map((line): [string, string] => [
        line.slice(0, line.indexOf(':')),
        line.replace(/^[^:]*: /, ''),
      ]),
  );
}

/** The number of entries of one list that are in the other. */
const common = (one: readonly string[], other: readonly string[]) =>
  one.filter((each) => other.includes(each)).length;

const NAMESPACES = 'namespaces in common';
const GROUPS = 'cgroups in common';
const PEAK = 'most memory charged, MiB';

testRequirement('POOL-01', OURS, async (context) => {
  const { shell, control, say, inside, outside } = context;
  const directory = scriptsFor(context);
  const options = {
    ...{ network: 'none', readOnly: true, tmpfs: ['/tmp'], volumes: [`${directory}:/srv:ro`] },
    ...(hasController('memory') ? { memory: '128m' } : {}),
  } as const;
  await say('A program keeps two prepared containers, with more rights than usual.');
  const pool = await openPool(context, {
    ...{ size: 2, rootfs: DEFAULT_ROOTFS, hostname: 'box', capAdd: ALLOWED },
    ...options,
  });
  await say(
    'What one will leave behind: used memory, files, a mount, a name, IPC objects and so on.',
  );
  await pool.type('cat /srv/leave');
  await eventually('two wait for a command', () => waiting(pool).length === 2);
  const prepared = waiting(pool);
  await say('The next container does that, and keeps running.');
  await pool.background(LEAVE, LISTENING);
  const [first, second] = [prepared.find(isServer), prepared.find((host) => !isServer(host))];
  if (!(first && second))
    throw new Error('the line was executed in neither of the two containers that waited');
  await eventually('a third is prepared', () => waiting(pool, [first, second]).length > 0);
  const [third = second] = waiting(pool, [first, second]);
  const left = outsideOf(first);
  const others = [second, third].map(outsideOf);

  await say('The container prepared beside it searches all of that and finds nothing.');
  const beside = found(await pool.type(LOOK));
  await say('The first is killed. The next, prepared while it ran, finds nothing either.');
  process.kill(first.pid, 'SIGKILL');
  await eventually('the first has ended', () => !firstsInside(pool.pid).includes(first.pid));
  const after = found(await pool.type(LOOK));
  expect(await pool.exit()).toBe(0);
  for (const what of WANTED.keys())
    expect([what, inside(what, `${beside.get(what)}, ${after.get(what)}`)]).toEqual([
      what,
      'nothing, nothing',
    ]);
  // The host observed the containers that then answered.
  expect([beside, after].map((printed) => printed.get('namespaces'))).toEqual(
    others.map(({ namespaces }) => namespaces.join(' ')),
  );
  const sharing = (kind: 'namespaces' | 'groups') =>
    others.map((other) => common(left[kind], other[kind])).join(', ');
  expect(outside(NAMESPACES, sharing('namespaces'))).toBe('0, 0');
  expect(outside(GROUPS, sharing('groups'))).toBe('0, 0');
  if (left.peakMiB !== undefined) {
    outside(PEAK, others.map(({ peakMiB }) => peakMiB).join(', '));
    expect(left.peakMiB).toBeGreaterThanOrEqual(HOG_MIB);
    for (const { peakMiB = HOG_MIB } of others) expect(peakMiB).toBeLessThan(HOG_MIB);
  }

  await say('The control: the same two lines in one container.');
  const further = ALLOWED.flatMap((capability) => ['--cap-add', capability]);
  await control(
    () => shell({ ...options, further }),
    async (one) => {
      await one.background(LEAVE, LISTENING);
      const same = found(await one.type(LOOK));
      const recorded: Recorded[] = [];
      for (const [what, there] of WANTED)
        recorded.push(await expect(one).toAnswer(what, () => same.get(what) ?? '', there));
      const server = one.host.processes().find((pid) => isServer(new Host(pid))) ?? -1;
      const [leaves, looks] = [new Host(server), one.host].map(outsideOf);
      const both = (kind: 'namespaces' | 'groups') => () => ({
        host: common(leaves?.[kind] ?? [], looks?.[kind] ?? []),
      });
      const charged = (peak: string) => left.peakMiB === undefined || Number(peak) >= HOG_MIB;
      return [
        ...recorded,
        await expect(one).toAnswer(NAMESPACES, both('namespaces'), KINDS.length),
        await expect(one).toAnswer(GROUPS, both('groups'), (number) => number !== '0'),
        await expect(one).toAnswer(PEAK, () => ({ host: looks?.peakMiB ?? 'unknown' }), charged),
      ];
    },
    'the same two lines in one container',
  );
});
