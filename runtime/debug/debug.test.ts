// TERRARIUM_DEBUG, in the command and in a program, and that without it nothing is said.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ROOTFS } from '../container/example-container.ts';
import * as live from './debug.ts';
import { debugging, readDebug, took } from './debug.ts';

const root = join(import.meta.dirname, '../..');
const launcher = join(root, 'bin/terrarium');
const line = /^terrarium\[\d+\] +-?\d+\.\d{3} ms (\w+)(?: [\w-]+)?: \S.*$/;

const environment = (more: Readonly<Record<string, string>>) => ({
  ...process.env,
  ...{ TERRARIUM_DEBUG: '', TERRARIUM_DEBUG_FILE: '' },
  ...more,
});

function shell(more: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const argv = ['shell', ROOTFS, 'box', '--network', 'none', ...words];
  return spawnSync(launcher, argv, { encoding: 'utf8', env: environment(more) });
}

function topicsOf(text: string): Set<string | undefined> {
  return new Set(
    text
      .trimEnd()
      .split('\n')
      .map((each) => line.exec(each)?.[1] ?? `no event: ${each}`),
  );
}

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-debug-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('an executable whose modules are evaluated before its start reads it then', () => {
  readDebug({ TERRARIUM_DEBUG: 'ops' });
  expect(live.debug).toBeTypeOf('function');
  readDebug({ TERRARIUM_DEBUG: '0' });
  expect(live.debug).toBeUndefined();
});

describe('topics', () => {
  function written(value: string): string[] {
    const lines: string[] = [];
    const debug = debugging({ TERRARIUM_DEBUG: value }, (each) => lines.push(each));
    debug('ops', 'web', () => 'mkdir /a\n');
    debug('signals', '', () => 'SIGTERM came');
    return lines;
  }

  test('those that are named, or all', () => {
    expect(written('1')).toHaveLength(2);
    expect(written('signals,ops')).toHaveLength(2);
    expect(written('plan')).toEqual([]);
    const [ops = '', ...others] = written('ops');
    expect(others).toEqual([]);
    expect(ops).toMatch(line);
    expect(ops).toContain(' ms ops web: mkdir /a\\x0a');
  });

  test('one that is not there is named, with those that are', () => {
    expect(written('signal')).toEqual([
      expect.stringMatching(/there is no topic signal; there are plan, ops, .*signals/),
    ]);
  });

  test('what is not chosen is not even put together', () => {
    const debug = debugging({ TERRARIUM_DEBUG: 'plan' }, () => {});
    debug('ops', '', () => {
      throw new Error('asked for');
    });
  });
});

test('durations have a unit', () => {
  expect([took(0n), took(812_345n), took(9_999_999n), took(12_345_678n)]).toEqual([
    ...['0 µs', '812 µs', '9999 µs', '12.3 ms'],
  ]);
});

describe('the command', () => {
  test('says nothing without it', () => {
    for (const value of ['', '0']) {
      const { status, stdout, stderr } = shell({ TERRARIUM_DEBUG: value }, '--', 'echo', 'hi');
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'hi\n', stderr: '' });
    }
  });

  test('names every operation of the plan once, with the time it took', () => {
    const { status, stdout, stderr } = shell({ TERRARIUM_DEBUG: 'ops' }, '--', 'echo', 'hi');
    expect([status, stdout]).toEqual([0, 'hi\n']);
    expect(topicsOf(stderr)).toEqual(new Set(['ops']));
    const steps = [...stderr.matchAll(/ (\d+)\/(\d+) .*, [\d.]+ [µm]s$/gm)];
    const numbers = steps.map(([, step]) => Number(step)).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: Number(steps[0]?.[2]) }, (_, at) => at + 1));
    expect(stderr).toMatch(/inside \d+\/\d+ mount proc on \/proc /);
  });

  test('says of each topic what there is, and of a refused step its errno', () => {
    // The executable's stack names no files of the sources.
    const debugged = { TERRARIUM_DEBUG: '1', TERRARIUM_START: 'sources' };
    const { status, stderr } = shell(debugged, '--workdir', '/bin/busybox');
    expect(status).toBe(125);
    const events = stderr.split('\n').filter((each) => line.test(each));
    expect(topicsOf(events.join('\n'))).toEqual(new Set(['plan', 'process', 'ops', 'cleanup']));
    expect(stderr).toMatch(/ops .*chdir \/bin\/busybox, [\d.]+ [mµ]s: ENOTDIR, not a directory$/m);
    expect(stderr).toMatch(/cleanup: cgroup .*terrarium-/);
    // And the error has its stack.
    expect(stderr).toMatch(/^ +at .*execute\.ts:\d+/m);
  });

  test('follows a signal to the process that gets it', async () => {
    const argv = ['shell', ROOTFS, 'box', '--network', 'none', '--', 'sh', '-c', 'sleep 60'];
    const started = spawn(launcher, argv, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment({ TERRARIUM_DEBUG: 'signals,process' }),
    });
    let said = '';
    const heard = Promise.withResolvers<void>();
    started.stderr.on('data', (bytes) => {
      said += bytes;
      if (said.includes('from now on they go to process')) heard.resolve();
    });
    started.once('exit', () => heard.resolve());
    await heard.promise;
    started.kill('SIGTERM');
    await once(started, 'close');
    const [, pid] = /process: (\d+): spawned/.exec(said) ?? [];
    expect(said).toMatch(/signals: SIGTERM came$/m);
    expect(said).toContain(`signals: signal 15 would not reach process ${pid}: SIGKILL`);
    expect(said).toMatch(new RegExp(`process: ${pid}: ended with signal 9,`));
  });

  test('keeps a terminal’s lines apart, and its container’s output clean', async () => {
    const typed = `'${launcher}' shell '${ROOTFS}' box --network none --tty -- echo hi 2>&1`;
    // Its input stays open: at its end it would type a character of its own.
    const terminal = spawn('script', ['-qec', typed, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: environment({ TERRARIUM_DEBUG: 'process' }),
    });
    let stdout = '';
    terminal.stdout.on('data', (bytes) => (stdout += bytes));
    await once(terminal, 'close');
    const lines = stdout.split('\n').filter((each) => each !== '');
    expect(lines.length).toBeGreaterThan(3);
    for (const each of lines) expect(each).toMatch(/^(terrarium\[\d+\] .*|hi)\r+$/);
  });
});

describe('a file', () => {
  test('has the events, for its owner alone, and standard error has none', () => {
    const file = join(temporary(), 'log');
    const { stderr } = shell({ TERRARIUM_DEBUG: 'plan', TERRARIUM_DEBUG_FILE: file }, '--', 'true');
    shell({ TERRARIUM_DEBUG: 'plan', TERRARIUM_DEBUG_FILE: file }, '--', 'true');
    expect(stderr).toBe('');
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(topicsOf(lines.join('\n'))).toEqual(new Set(['plan']));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('is not written through a link', () => {
    const directory = temporary();
    const victim = join(directory, 'victim');
    const file = join(directory, 'log');
    symlinkSync(victim, file);
    const { status, stderr } = shell(
      { TERRARIUM_DEBUG: 'plan', TERRARIUM_DEBUG_FILE: file },
      ...['--', 'true'],
    );
    expect(status).toBe(0);
    expect(existsSync(victim)).toBe(false);
    expect(stderr).toMatch(/^terrarium: TERRARIUM_DEBUG_FILE: ELOOP/);
    expect(stderr).toMatch(/ ms plan /);
  });
});

describe('a program', () => {
  const program = `
    import { createContainer, run } from ${JSON.stringify(join(root, 'runtime/index.ts'))};
    const about = { rootfs: ${JSON.stringify(ROOTFS)}, hostname: 'box', stdio: 'ignore' };
    await run({ ...about, network: 'none', command: ['true'] });
    await using web = await createContainer({ ...about, id: process.argv[2], command: ['sleep', '60'] });
    await (await web.exec({ command: ['true'], stdio: 'ignore' })).wait();
    web.kill('KILL');`;

  function ran(value: string) {
    const file = join(temporary(), 'program.mts');
    writeFileSync(file, program);
    const id = `debug-${randomBytes(4).toString('hex')}`;
    const ended = spawnSync(process.execPath, [file, id], {
      encoding: 'utf8',
      env: environment({ TERRARIUM_DEBUG: value }),
    });
    return { ...ended, id };
  }

  test('has it by the same variable', () => {
    const { status, stdout, stderr, id } = ran('1');
    expect([status, stdout]).toEqual([0, '']);
    expect(topicsOf(stderr)).toEqual(
      new Set(['plan', 'claims', 'process', 'netlink', 'ops', 'signals', 'cleanup']),
    );
    expect(stderr).toContain(`claims ${id}: address 198.`);
    expect(stderr).toMatch(/netlink: NEWLINK \w+ \d+, peer eth0 of process \d+; NEWADDR 198\./);
    expect(stderr).toContain(`signals ${id}: signal 9 to process `);
    // The command of run(), the container's, and that of exec().
    expect([...stderr.matchAll(/ exec \d+\/\d+ execve (true|sleep 60), /g)]).toHaveLength(3);
  });

  test('says nothing without it', () => {
    const { status, stdout, stderr } = ran('');
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});
