// The script that runs a user's program in a guest, here in a mount namespace with its own /run.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const SCRIPT = join(import.meta.dirname, 'exec.sh');
/** In the namespace: `$1` becomes /run, which goes with the namespace. */
const INSIDE = 'mount --bind "$1" /run && exec sh "$2"';

function run(
  program: string,
  {
    limitS = 20,
    args = [],
    interpreter = '/bin/sh',
  }: { limitS?: number; args?: readonly string[]; interpreter?: string } = {},
) {
  const place = mkdtempSync(join(tmpdir(), 'terrarium-exec-'));
  onTestFinished(() => rmSync(place, { recursive: true }));
  for (const path of ['job/exec', 'out']) mkdirSync(join(place, path), { recursive: true });
  const job = { program: 'my-tests', limit: String(limitS), arguments: args.join('\n') };
  for (const [name, text] of Object.entries(job)) writeFileSync(join(place, 'job', name), text);
  writeFileSync(join(place, 'job/exec/my-tests'), `#!${interpreter}\n${program}\n`, {
    mode: 0o755,
  });
  const { stdout, stderr } = spawnSync(
    'unshare',
    [
      '--mount',
      '--propagation',
      'private',
      '--pid',
      '--fork',
      '--kill-child',
      'sh',
      '-c',
      INSIDE,
      'sh',
      place,
      SCRIPT,
    ],
    { encoding: 'utf8', timeout: 60_000 },
  );
  const left = readdirSync(join(place, 'out'));
  const out = (name: string) => readFileSync(join(place, 'out', name), 'utf8').trim();
  return { stdout, stderr, exitCode: out('exit-code'), timedOut: left.includes('timed-out'), out };
}

test('its streams are apart, and can be opened again by their names', () => {
  const ran = run('echo one >/dev/stdout; echo two >/dev/stderr; echo "$2"; exit 3', {
    args: ['-v', 'a b *'],
  });
  expect(ran).toMatchObject({ stdout: 'one\na b *\n', stderr: 'two\n', exitCode: '3' });
  expect(ran.timedOut).toBe(false);
  expect(ran.out('seconds')).toMatch(/^[\d.]+ [\d.]+$/);
  expect(ran.out('release')).toMatch(/^\d+\.\d+/);
});

test('a program that takes too long is ended with its children, and its output is kept', () => {
  const started = performance.now();
  const ran = run('echo before; sleep 100 & wait', { limitS: 1 });
  expect(ran).toMatchObject({ stdout: 'before\n', exitCode: '143', timedOut: true });
  expect(performance.now() - started).toBeLessThan(20_000);
});

test('one that does not heed SIGTERM is killed', () => {
  expect(run("trap '' TERM; while :; do sleep 1; done", { limitS: 1 })).toMatchObject({
    ...{ exitCode: '137', timedOut: true },
  });
});

test('what it leaves running in another session does not hold up the end', () => {
  const started = performance.now();
  expect(run('setsid sleep 30 & exit 0', { limitS: 2 })).toMatchObject({
    exitCode: '0',
    timedOut: false,
  });
  expect(performance.now() - started).toBeLessThan(20_000);
});

test('a script whose interpreter is not there ends with 127', () => {
  expect(run('exit 0', { interpreter: '/no/such/sh' }).exitCode).toBe('127');
});
