// Containers of this run and of another user on this host: only the first is a leftover.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  type AuditScope,
  audit,
  type Inventory,
  takeInventory,
} from '../../harness/reporter/audit.ts';
import { scopeOf } from '../reporter.ts';
import { Ownership } from './ownership.ts';
import { holdsUnseen } from './unseen.ts';

const root = dirname(dirname(import.meta.dirname));
const terrarium = join(root, 'bin/terrarium');
const rootfs = join(root, 'fixtures/rootfs/out/default');

/** In a shell: the name of its parent. */
const PARENT = '"/proc/$(cut -d" " -f4 "/proc/$$/stat")/comm"';

function started(journal: string): boolean {
  return existsSync(journal) && readFileSync(journal, 'latin1').includes('"started"');
}

/** Opens a pipe that has no room: a write to it blocks until the end of the test. */
function fullPipe(): number {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-full-'));
  const path = join(directory, 'pipe');
  expect(spawnSync('mkfifo', [path]).status).toBe(0);
  const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const fill = () => {
    for (;;) writeSync(reader, Buffer.alloc(4096));
  };
  expect(fill).toThrow('EAGAIN');
  const writer = openSync(path, 'w');
  rmSync(directory, { recursive: true });
  // Without a reader the write fails.
  onTestFinished(() => {
    for (const end of [writer, reader]) closeSync(end);
  });
  return writer;
}

interface Started {
  readonly id: string;
  readonly left: readonly string[];
  readonly others: readonly string[];
}

describe.skipIf(process.geteuid?.() !== 0)('an audit (needs root)', () => {
  let marker = '';
  let ownership: Ownership;
  let scope: AuditScope;
  let before: Inventory;

  beforeEach(() => {
    marker = `TERRARIUM_TEST_RUN=${randomBytes(8).toString('hex')}`;
    ownership = new Ownership(marker, root);
    ownership.watch();
    scope = { ...scopeOf(marker), owners: ownership };
    before = takeInventory(scope);
  });

  afterEach(() => ownership.stop());

  /**
   * A detached container, made by a process that is ours only by `env`; returns the audit's answer.
   */
  async function start(env: Readonly<Record<string, string>>): Promise<Started> {
    const id = `audit-${randomBytes(6).toString('hex')}`;
    const { TERRARIUM_STATE: _, ...inherited } = process.env;
    const state = env.TERRARIUM_STATE ?? '/run/terrarium';
    // Another user's shell is not below this process: so the maker starts after setsid has exited.
    const orphan = ['--fork', 'sh', '-c', `while grep -qs setsid ${PARENT}; do :; done; exec "$@"`];
    const detached = ['sh', terrarium, 'shell', rootfs, 'box', '--network', 'none', '--detach'];
    const command = [...orphan, ...detached, '--name', id, '--', 'sleep', '60'];
    const options = { env: { ...inherited, ...env } };
    // The owner is visible only while the maker runs: it blocks when it prints the container's id.
    const maker = spawn('setsid', command, { ...options, stdio: ['ignore', fullPipe(), 'ignore'] });
    await once(maker, 'exit');
    onTestFinished(() => {
      spawnSync(terrarium, ['delete', '--force', id], { ...options, stdio: 'ignore' });
    });
    // The whole start: until its command runs in its own cgroup.
    const journal = join(state, `${id}.journal`);
    for (let tries = 0; tries < 1000 && !started(journal); tries++) await delay(20);
    await delay(200);
    const rows = await audit(before, scope);
    const named = (entries: readonly string[]) => entries.filter((entry) => entry.includes(id));
    return {
      id,
      left: rows.flatMap(({ left }) => named(left)),
      others: rows.flatMap(({ others = [] }) => named(others)),
    };
  }

  it('reports objects of this run as leftovers', async () => {
    const [name = '', value = ''] = marker.split('=');
    const { id, left, others } = await start({ [name]: value });
    expect(left).toContain(`/run/terrarium/${id}.journal`);
    expect(left.some((entry) => entry.endsWith(`/terrarium-${id}`))).toBe(true);
    expect(others).toEqual([]);
  });

  it('lists another user’s container of the same state directory apart', async () => {
    const { id, left, others } = await start({});
    expect(left).toEqual([]);
    expect(others).toContain(`/run/terrarium/${id}.journal`);
    expect(others.some((entry) => entry.endsWith(`/terrarium-${id}`))).toBe(true);
  });

  it('lists one of another state directory apart, found by its environment', async () => {
    const state = mkdtempSync(join(tmpdir(), 'terrarium-other-'));
    onTestFinished(() => rmSync(state, { recursive: true, force: true }));
    // A process of that user that runs during the check.
    const shell = spawnSync('setsid', ['--fork', 'sleep', '20'], {
      env: { PATH: process.env.PATH ?? '', TERRARIUM_STATE: state },
      stdio: 'ignore',
    });
    expect(shell.status).toBe(0);
    const { id, left, others } = await start({ TERRARIUM_STATE: state });
    expect(left).toEqual([]);
    expect(others.some((entry) => entry.endsWith(`/terrarium-${id}`))).toBe(true);
  });

  it('lists the groups of another PID namespace apart, whose processes it cannot see', async () => {
    const [name = '', value = ''] = marker.split('=');
    const { id, left } = await start({ [name]: value });
    const group = left.find((entry) => entry.endsWith(`/terrarium-${id}`)) ?? '';
    const source = `import { Ownership } from ${JSON.stringify(join(import.meta.dirname, 'ownership.ts'))};
      console.log(new Ownership('A=b', '/').isOthers('cgroups', ${JSON.stringify(group)}))`;
    const node = [process.execPath, '--input-type=module', '-e', source];
    const apart = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', ...node]);
    expect(String(apart.stdout)).toBe('true\n');
    spawnSync(terrarium, ['kill', id, 'KILL']);
    await expect.poll(() => holdsUnseen(group)).toBe(false);
  });

  it('has a row for each kind, and no mount of another place', () => {
    expect(ownership.isOthers('mounts', 'tmpfs on /media/stick')).toBe(true);
    expect(ownership.isOthers('mounts', `tmpfs on ${join(tmpdir(), 'x')}`)).toBe(false);
    expect(ownership.isOthers('links', 'tr0000000000000')).toBe(false);
    expect(ownership.isOthers('processes', `${process.pid} node`)).toBe(false);
    expect(ownership.isOthers('processes', '1 init')).toBe(true);
  });
});
