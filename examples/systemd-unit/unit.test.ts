// The unit, verified by systemd, and its command lines, run like systemd does.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const launcher = join(root, 'bin/terrarium');
const name = `web-${randomBytes(4).toString('hex')}`;

/** The unit with this checkout's paths, and a unique name. */
const unit = readFileSync(join(import.meta.dirname, 'terrarium-web.service'), 'utf8')
  .replaceAll('/usr/local/bin/terrarium', launcher)
  .replaceAll('/srv/web/rootfs', join(root, 'fixtures/rootfs/out/default'))
  .replace('--name web', `--name ${name}`);

/** systemd.service(5): a backslash at the end of a line continues it. Ours has no quotes. */
function wordsOf(key: string): readonly string[] {
  const [, line = ''] = new RegExp(`^${key}=(.*)$`, 'm').exec(unit.replaceAll('\\\n', ' ')) ?? [];
  return line.trim().split(/\s+/);
}

function ran([program = '', ...words]: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

const installed = spawnSync('systemd-analyze', ['--version']).error === undefined;

function verified(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-unit-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'terrarium-web.service');
  writeFileSync(file, text);
  const { stdout, stderr } = ran([
    'systemd-analyze',
    'verify',
    '--man=no',
    '--recursive-errors=no',
    file,
  ]);
  return stdout + stderr;
}

test.runIf(installed)('systemd finds nothing wrong with it (if it is installed)', () => {
  expect(verified(unit)).toBe('');
  expect(verified(unit.replace('Type=exec', 'Type=exce'))).toContain('exce');
  expect(verified(unit.replace('Delegate=yes', 'Delegat=yes'))).toContain('Delegat');
});

test('its command serves, is limited, ends by SIGTERM and leaves nothing', async () => {
  expect(ran(wordsOf('ExecStartPre')).status).toBe(0);
  const [program = '', ...words] = wordsOf('ExecStart');
  const service = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(service, 'exit');
  onTestFinished(async () => {
    service.kill('SIGTERM');
    await exited;
  });
  // The server reports that it listens.
  await once(service.stdout, 'data');
  const state = JSON.parse(ran([launcher, 'state', name, '--format', 'json']).stdout);
  expect(state).toMatchObject({ status: 'running', hostname: 'web' });
  expect(await answerOf(state.address, 8080)).toContain('web');
  const stats = JSON.parse(ran([launcher, 'stats', name, '--format', 'json']).stdout);
  expect(stats).toMatchObject({ memory: { limitBytes: 64 << 20 }, pids: { limit: 64 } });
  // KillMode=mixed: only to the first process.
  service.kill('SIGTERM');
  const [status] = await exited;
  expect(wordsOf('SuccessExitStatus')).toContain(String(status));
  expect(ran(wordsOf('ExecStopPost')).status).toBe(0);
  expect(ran([launcher, 'state', name]).status).toBe(125);
});

/** The first line of a server's greeting. */
async function answerOf(address: string, port: number): Promise<string> {
  const socket = connect(port, address);
  try {
    const [bytes] = await Promise.race([
      once(socket, 'data'),
      delay(10_000).then(() => Promise.reject(new Error('no answer'))),
    ]);
    return String(bytes);
  } finally {
    socket.destroy();
  }
}
