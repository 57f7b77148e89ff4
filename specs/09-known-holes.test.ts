// Vulnerabilities of other runtimes that no requirement covers: docs/security.md has the list.
import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { devNullSymlink, type HostileRootfs } from '../fixtures/rootfs/hostile.ts';
import { removeTree } from '../fixtures/rootfs/replace.ts';
import { mountsOf } from '../harness/observe/mounts.ts';
import { createContainer, type RunOptions, run } from '../runtime/index.ts';
import { workload } from './support/places.ts';

let scratch: string;
let root: HostileRootfs;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'known-holes-'));
  root = await devNullSymlink(scratch, '/dev/zero');
});

afterAll(() => removeTree(scratch));

/** Runs a script by `sh -c` in the hostile root file system, without network and streams. */
const box = (script: string) =>
  ({
    rootfs: root.path,
    hostname: 'box',
    network: 'none',
    stdio: 'ignore',
    command: ['/bin/sh', '-c', script],
  }) as const;

const shell = async (script: string, options: Partial<RunOptions> = {}) =>
  (await run({ ...box(script), ...options })).exitCode;

test('the init receives everything, beyond 65,535 bytes (CVE-2021-43784)', async () => {
  const env = ['A', 'B', 'C'].map((name) => `${name}=${name.repeat(100_000)}`);
  const whole = ['A', 'B', 'C'].map((name) => `[ \${#${name}} = 100000 ]`).join(' && ');
  expect(await shell(`${whole} && [ "$(id -u)" = 0 ]`, { env })).toBe(0);
});

describe('users', () => {
  const invalid = '2147483648 4294967296 -1 +1 1x 01 0x0 1: :1 1:4294967296'.split(' ');
  test.each([...invalid, ''])(
    '%j is refused, and not root (CVE-2024-40635, CVE-2026-30892)',
    async (user) => {
      await expect(shell('true', { user })).rejects.toThrow(/user|group|id/);
    },
  );

  test('exactly the groups that are asked for (CVE-2022-36109)', async () => {
    expect(await shell('[ "$(id -u) $(id -g) $(id -G)" = "0 0 0" ]')).toBe(0);
    expect(await shell('[ "$(id -u) $(id -g) $(id -G)" = "7 8 8" ]', { user: '7:8' })).toBe(0);
  });

  test('names are looked up in the root file system, for any /etc/passwd', async () => {
    const [mallory, unknown] = [{ user: 'mallory' }, 'is not known in the root file system'];
    const passwd = join(root.path, 'etc/passwd');
    const outside = join(scratch, 'passwd');
    writeFileSync(outside, 'mallory:x:0:0::/:/bin/sh\n');
    unlinkSync(passwd);
    symlinkSync(outside, passwd);
    await expect(shell('true', mallory)).rejects.toThrow(unknown);
    unlinkSync(passwd);
    // Opening a pipe for reading waits for a writer.
    execFileSync(workload('../../bin/busybox'), ['mkfifo', passwd]);
    await expect(shell('true', mallory)).rejects.toThrow(unknown);
    rmSync(passwd);
  });
});

test('state and log are root’s alone (CVE-2021-41103, CVE-2020-15257)', async () => {
  const { stdio: _, ...detached } = { ...box('sleep 60'), detach: true as const };
  await using container = await createContainer(detached);
  const state = process.env.TERRARIUM_STATE ?? '/run/terrarium';
  expect(statSync(state).mode & 0o7777).toBe(0o700);
  for (const file of ['journal', 'log', 'exit'])
    expect(statSync(join(state, `${container.id}.${file}`)).mode & 0o7777).toBe(0o600);
});

describe('a command that is executed inside, before it is confined (CVE-2016-9962)', () => {
  /** Reads root, directory and descriptors of each new process of a container from inside it. */
  async function seen(
    capAdd: readonly string[],
    execs: number,
    enough: (report: string) => boolean,
  ): Promise<string> {
    const mark = join(scratch, 'mark');
    writeFileSync(mark, '');
    const report = join(root.path, 'tmp/report');
    const paths = `root/${mark} cwd/package.json fd/3 fd/4`;
    const look = `for at in ${paths}; do [ -e $p/$at ] && echo $at >>/tmp/report; done`;
    const each = `for p in /proc/[2-9]* /proc/1?*; do ${look}; done`;
    const script = `echo ready >/tmp/report; while :; do ${each}; done`;
    const soFar = () => readFileSync(report, { encoding: 'utf8', flag: 'a+' });
    await using container = await createContainer({ ...box(script), capAdd });
    for (let i = 0; i < execs && !enough(soFar()); i++) {
      const executed = await container.exec({ command: ['/bin/true'], stdio: 'ignore' });
      expect((await executed.wait()).exitCode).toBe(0);
    }
    return readFileSync(report, 'utf8');
  }

  test('shows nothing of the host', async () => {
    expect(await seen([], 40, () => false)).toBe('ready\n');
  });

  test('the control: with every capability, root inside sees the host’s root', async () => {
    expect(await seen(['ALL'], 500, (report) => report.includes('mark'))).toContain('mark');
  });
});

test('no cgroup is writable inside (CVE-2022-0492, CVE-2023-25809)', async () => {
  for (const cgroupNs of [undefined, 'host'] as const) {
    await using container = await createContainer({ ...box('sleep 60'), cgroupNs });
    const groups = mountsOf(container.pid).filter(({ type }) => type.startsWith('cgroup'));
    expect(groups.filter(({ options }) => !options.includes('ro'))).toEqual([]);
  }
});

describe('the host’s null device', () => {
  const { dev, ino } = statSync('/dev/null');
  const input = ['-L', '-c', '%d:%i', '/proc/self/fd/0'];

  test('is out of reach behind a mask and behind standard streams (CVE-2026-88265)', async () => {
    expect(await shell('[ -c /proc/interrupts ] && ! touch -c /proc/interrupts')).toBe(0);
    const own = `[ "$(stat ${input.join(' ')})" != ${dev}:${ino} ]`;
    expect(await shell(`[ -c /proc/self/fd/0 ] && ${own}`)).toBe(0);
  });

  test('the control: a program on the host has it as standard input', () => {
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    const found = execFileSync('stat', input, { stdio: [...stdio], encoding: 'utf8' });
    expect(found.trim()).toBe(`${dev}:${ino}`);
  });
});
