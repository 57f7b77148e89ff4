// Writing to a pipe that takes nothing: it must not block the handling of signals.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ProcessOutput } from './output.ts';

const nothing = () => {
  throw new Error('no terminal is asked');
};

/** A pipe whose writing end is what a process has as its standard error. */
function pipe() {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-output-'));
  const path = join(directory, 'fifo');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  onTestFinished(() => {
    closeSync(writer);
    rmSync(directory, { recursive: true });
  });
  const buffer = Buffer.alloc(1 << 20);
  const read = () => {
    try {
      return buffer.toString('latin1', 0, readSync(reader, buffer));
    } catch {
      return '';
    }
  };
  return { writer, read, hangUp: () => closeSync(reader) };
}

/** More than a pipe holds. */
const MUCH = `${'x'.repeat(200_000)}end`;

test('what a full pipe does not take is kept, in order, and nothing waits for it', () => {
  const { writer, read } = pipe();
  const output = new ProcessOutput(2, nothing, writer);
  const wait = output.doNotWait();
  expect(output.write(MUCH)).toBe(true);
  output.write('!');
  let text = '';
  for (let got = read(); got !== ''; got = read()) text += got;
  expect(text.length).toBeLessThan(MUCH.length);
  // The rest fits: this does not wait either.
  for (
    let rest = MUCH.length + 1 - text.length;
    rest > 60_000;
    rest = MUCH.length + 1 - text.length
  ) {
    output.write('');
    for (let got = read(); got !== ''; got = read()) text += got;
  }
  wait();
  for (let got = read(); got !== ''; got = read()) text += got;
  expect(text).toBe(`${MUCH}!`);
});

test('the pipe stays blocking for other processes', () => {
  const { writer } = pipe();
  const output = new ProcessOutput(2, nothing, writer);
  const wait = output.doNotWait();
  output.write('x');
  const flags = execFileSync('sed', ['-n', 's/flags:[[:space:]]*//p', '/proc/self/fdinfo/3'], {
    stdio: ['ignore', 'pipe', 'inherit', writer],
  });
  expect(Number.parseInt(flags.toString(), 8) & constants.O_NONBLOCK).toBe(0);
  wait();
});

test('a closed reader is no error, and is reported', () => {
  const { writer, hangUp } = pipe();
  const output = new ProcessOutput(1, nothing, writer);
  expect(output.write('x')).toBe(true);
  hangUp();
  expect(output.write('x')).toBe(false);
  const wait = output.doNotWait();
  expect(output.write(MUCH)).toBe(false);
  wait();
});

test('a full disk is an error on standard output, and nothing to say on standard error', () => {
  const full = openSync('/dev/full', constants.O_WRONLY);
  onTestFinished(() => closeSync(full));
  expect(() => new ProcessOutput(1, nothing, full).write('x')).toThrow(
    expect.objectContaining({
      message: 'cannot write to standard output: ENOSPC, no space left on device',
      hint: expect.stringContaining('df'),
    }),
  );
  expect(new ProcessOutput(2, nothing, full).write('x')).toBe(false);
});
