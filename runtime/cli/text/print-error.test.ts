import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError, HostError, KernelOpError, TerrariumError } from '../../base/errors.ts';
import type { Io } from '../process/io.ts';
import { flagOf } from './flag-names.ts';
import { exitCodeOfError, printError } from './print-error.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const CONTROL_CHARACTERS = /[\0-\x09\x0b-\x1f\x7f-\x9f]/;

/** What is written to standard error, and the status. */
async function printed(
  error: unknown,
  terminal = false,
  env: Record<string, string> = {},
): Promise<{ text: string; code: number }> {
  const chunks: string[] = [];
  const stderr = { isTTY: terminal, write: (text: string) => chunks.push(text) };
  const io: Io = {
    stdin: {},
    stdout: { write: () => expect.unreachable('nothing belongs on standard output') },
    stderr,
    env,
    cwd: '/',
    finish: () => undefined,
  };
  const code = await printError(error, io);
  return { text: chunks.join(''), code };
}

const FIELDS = {
  phase: 'inside',
  step: 7,
  steps: 19,
  operation: 'mount proc on /proc (nosuid)',
  syscall: 'mount',
  code: 'EPERM',
  errno: 1,
} as const;

test('a configuration: every wrong field by its flag, each with its own help', async () => {
  const error = new ConfigError([
    { path: 'memory', value: '64mb?', problem: 'is not a size', hint: '64m' },
    { path: 'volumes[1]', value: 'a:/b', problem: 'is not absolute' },
    { path: 'detach', value: true, problem: 'is too much' },
  ]);
  expect(await printed(error)).toEqual({
    text: 'terrarium: --memory "64mb?" is not a size\n  hint: 64m\nterrarium: --volume "a:/b" is not absolute\nterrarium: --detach true is too much\n',
    code: 125,
  });
});

test('a failed step, its help, and what failed while cleaning up', async () => {
  const error = new KernelOpError(FIELDS, 'operation not permitted', { hint: 'first\nsecond' });
  error.cleanupErrors.push(new TerrariumError('rmdir /x: EBUSY', { hint: 'later' }));
  expect((await printed(error)).text.split('\n')).toEqual([
    ...[
      'terrarium: setup 7/19 mount proc on /proc (nosuid): EPERM, operation not permitted',
      '  hint: first',
      '  hint: second',
    ],
    ...['terrarium: while cleaning up: rmdir /x: EBUSY', '  hint: later', ''],
  ]);
});

test.each([
  ['exec', 'execve', 'ENOENT', 127],
  ['exec', 'execve', 'ENOTDIR', 127],
  ['exec', 'execve', 'EACCES', 126],
  ['exec', 'execveat', 'ENOEXEC', 126],
  ['inside', 'openat2', 'ENOENT', 125],
  ['inside', 'mount', 'EACCES', 125],
] as const)('%s %s %s ends with %i', (phase, syscall, code, status) => {
  expect(exitCodeOfError(new KernelOpError({ ...FIELDS, phase, syscall, code }, ''))).toBe(status);
});

test('other ends: 125, an interrupt 130', () => {
  expect(exitCodeOfError(new HostError('veth', ''))).toBe(125);
  expect(exitCodeOfError(new TypeError())).toBe(125);
  expect(exitCodeOfError('thrown')).toBe(125);
  expect(exitCodeOfError(AbortSignal.abort().reason)).toBe(130);
});

test('a failed system call: the call, its path, the errno and what ran out', async () => {
  const full = Object.assign(new Error('EMFILE: …'), {
    errno: -24,
    syscall: 'open',
    path: '/etc/x',
  });
  expect(await printed(full)).toEqual({
    text: expect.stringMatching(
      /^terrarium: open \/etc\/x: EMFILE, .*\n {2}hint: .*ulimit -n.*\n$/,
    ),
    code: 125,
  });
  const refused = Object.assign(new Error('…'), { errno: 1, syscall: 'setns' });
  expect((await printed(refused)).text).toMatch(
    /^terrarium: setns: EPERM, .*\n {2}hint: TERRARIUM_DEBUG/,
  );
});

test('an internal error says where it came from only when that is asked for', async () => {
  const error = new RangeError('beyond');
  const { text } = await printed(error);
  expect(text).toMatch(/^terrarium: internal error: RangeError: beyond\n {2}hint: .*\n$/);
  expect((await printed(error, false, { TERRARIUM_DEBUG: '0' })).text).toBe(text);
  const shown = (await printed(error, false, { TERRARIUM_DEBUG: '1' })).text;
  expect(shown.startsWith(text)).toBe(true);
  expect(shown).toMatch(/ at .*print-error\.test\.ts/);
});

describe('terminals', () => {
  const esc = String.fromCharCode(27);

  test('colour only there, and only if wanted', async () => {
    const error = new TerrariumError('fact', { hint: 'help' });
    expect((await printed(error, true)).text).toContain(esc);
    expect((await printed(error, false, { FORCE_COLOR: '1' })).text).toContain(esc);
    for (const env of [
      { NO_COLOR: '1' },
      { TERM: 'dumb' },
      { FORCE_COLOR: '0' },
      { FORCE_COLOR: '1', NO_COLOR: '1' },
    ])
      expect((await printed(error, true, env)).text).toBe('terrarium: fact\n  hint: help\n');
    expect((await printed(error, false)).text).toBe('terrarium: fact\n  hint: help\n');
  });

  test('nothing in an error reaches the terminal as a control character', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        async (message, hint) => {
          expect((await printed(new TerrariumError(message, { hint }))).text).not.toMatch(
            CONTROL_CHARACTERS,
          );
          expect(
            (await printed(new ConfigError([{ path: 'id', value: message, problem: hint }]))).text,
          ).not.toMatch(CONTROL_CHARACTERS);
        },
      ),
    );
  });
});

test('fields and flags', () => {
  expect(
    ['memory', 'volumes[2]', 'env.A', 'rootfs', 'capAdd[0]', 'unheard.of', ''].map(flagOf),
  ).toEqual([...['--memory', '--volume', '--env', '<rootfs>', '--cap-add', 'unheard.of', '']]);
});
