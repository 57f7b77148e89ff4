// Writing to a pipe that takes nothing: it must not block the handling of signals.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { openFifo } from '../../native/example-fifo.ts';
import { ProcessOutput } from './output.ts';

const nothing = () => {
  throw new Error('no terminal is asked');
};

/** The writing end is what a process has as its standard error. */
const fifo = () => openFifo(onTestFinished);

/** More than a pipe holds. */
const MUCH = `${'x'.repeat(200_000)}end`;

test('what a full pipe does not take is kept, in order, and nothing waits for it', () => {
  const { writer, read } = fifo();
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
  const { writer } = fifo();
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
  const { reader, writer } = fifo();
  const output = new ProcessOutput(1, nothing, writer);
  expect(output.write('x')).toBe(true);
  closeSync(reader);
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
