// A program on this machine: its streams apart, its exit code, and all of it ended in time.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readProgram } from './program.ts';
import { endPrograms, runHere } from './run-here.ts';

async function run(text: string, limitS = 20, args = '') {
  const place = mkdtempSync(join(tmpdir(), 'terrarium-here-'));
  onTestFinished(() => rmSync(place, { recursive: true }));
  writeFileSync(join(place, 'my-tests'), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  writeFileSync(join(place, 'data'), 'beside');
  const program = readProgram(`./my-tests ${args}`, ['data'], place);
  return runHere(program, limitS, join(place, 'run'), process.env);
}

test('its streams are kept apart, its arguments and files are there', async () => {
  expect(await run('cat data; echo "$1"; echo no >&2; exit 3', 20, 'one')).toMatchObject({
    ...{ exitCode: 3, timedOut: false, stdout: 'besideone\n', stderr: 'no\n' },
  });
});

test('a signal is an exit code as a shell has it', async () => {
  expect((await run('kill -SEGV $$')).exitCode).toBe(139);
});

test('after its time all of it is ended, and what it printed is kept', async () => {
  const end = await run('sleep 100 & echo $!; wait', 1);
  expect(end).toMatchObject({ timedOut: true, exitCode: 143 });
  expect(end.durationMs).toBeLessThan(10_000);
  await expect.poll(() => existsSync(`/proc/${end.stdout.trim()}/exe`)).toBe(false);
});

test('what it leaves running is ended with it', async () => {
  const end = await run('sleep 100 & echo $!');
  const child = end.stdout.trim();
  await expect.poll(() => existsSync(`/proc/${child}/exe`)).toBe(false);
  expect(end).toMatchObject({ timedOut: false, exitCode: 0 });
});

test('an interruption ends it', async () => {
  const ended = run('sleep 100 & wait');
  const timer = setInterval(endPrograms, 100);
  onTestFinished(() => clearInterval(timer));
  expect(await ended).toMatchObject({ timedOut: false, exitCode: 137 });
});
