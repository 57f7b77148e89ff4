// The pump between two pseudo-terminals of this host: what a person types and sees, byte for byte.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { closeFd } from './addon.ts';
import { openFifo } from './example-fifo.ts';
import { inForeground, openPty, Pump, restoreTerminal, setRawMode, setWindowSize } from './pump.ts';

/** A pair whose ends are closed when the test has ended, unless it closed them. */
function pair() {
  const { master, slave } = openPty();
  const open = new Set([master, slave]);
  const close = (fd: number) => {
    if (open.delete(fd)) closeFd(fd);
  };
  onTestFinished(() => {
    for (const fd of open) closeFd(fd);
  });
  return { master, slave, close };
}

/** What can be read at once, non-blocking. */
function readNow(fd: number): string {
  const again = openSync(`/proc/self/fd/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(65536);
  let text = '';
  try {
    for (;;) text += buffer.toString('latin1', 0, readSync(again, buffer));
  } catch {
    return text;
  } finally {
    closeSync(again);
  }
}

/** What a master has: it cannot be opened a second time. */
function readOnce(fd: number): string {
  const buffer = Buffer.alloc(4096);
  return buffer.toString('latin1', 0, readSync(fd, buffer));
}

async function until(read: () => string, wanted: string): Promise<string> {
  let text = '';
  while (!text.includes(wanted)) {
    text += read();
    await delay(2);
  }
  return text;
}

/** The pump writes to one end, the test reads from the other. */
const fifo = () => openFifo(onTestFinished);

describe('the pump', () => {
  test('passes on what the container writes, and ends with its terminal', async () => {
    const inner = pair();
    setRawMode(inner.slave);
    const { writer, read } = fifo();
    const pump = new Pump({ master: inner.master, input: -1, output: writer });
    writeSync(inner.slave, Buffer.from([0xff, 0x0d, 0x0a, 0x00, 0x80]));
    inner.close(inner.slave);
    expect(await pump.finish()).toEqual({ outputLost: false });
    expect(Buffer.from(read(), 'latin1')).toEqual(Buffer.from([0xff, 0x0d, 0x0a, 0x00, 0x80]));
  });

  test('passes on what is typed, and Ctrl-D at its end', async () => {
    const inner = pair();
    const input = fifo();
    const output = fifo();
    writeSync(input.writer, 'typed\n');
    const pump = new Pump({ master: inner.master, input: input.reader, output: output.writer });
    expect(await until(() => readNow(inner.slave), 'typed')).toBe('typed\n');
    pump.stop();
    await pump.finish();
  });

  test('makes no file non-blocking that others have, too', async () => {
    const inner = pair();
    const { writer } = fifo();
    const pump = new Pump({ master: inner.master, input: -1, output: writer });
    const flags = readFileSync(`/proc/self/fdinfo/${writer}`, 'utf8');
    expect(Number.parseInt(/flags:\s*(\d+)/.exec(flags)?.[1] ?? '', 8) & 0o4000).toBe(0);
    pump.stop();
    await pump.finish();
  });

  test('waits for an output that takes nothing, and loses nothing', async () => {
    const inner = pair();
    setRawMode(inner.slave);
    const { writer, read } = fifo();
    const pump = new Pump({ master: inner.master, input: -1, output: writer });
    const child = spawn('seq', ['1', '60000'], { stdio: ['ignore', inner.slave, 'ignore'] });
    inner.close(inner.slave);
    await delay(50); // its output is full by now: it does not end
    expect(child.exitCode).toBeNull();
    const text = await until(read, '60000\n');
    expect(text.split('\n')).toHaveLength(60001);
    expect(await pump.finish()).toEqual({ outputLost: false });
  });

  test('reads on when its output has gone, so that the container can end', async () => {
    const inner = pair();
    setRawMode(inner.slave);
    const { writer, reader } = fifo();
    closeSync(reader);
    const pump = new Pump({ master: inner.master, input: -1, output: writer });
    const child = spawn('seq', ['1', '60000'], { stdio: ['ignore', inner.slave, 'ignore'] });
    inner.close(inner.slave);
    await new Promise((resolve) => child.on('exit', resolve));
    expect(child.exitCode).toBe(0);
    expect(await pump.finish()).toEqual({ outputLost: true });
  });

  test('ends soon after the workload, though something holds its terminal open', async () => {
    const inner = pair();
    const { writer } = fifo();
    const pump = new Pump({ master: inner.master, input: -1, output: writer });
    expect(await pump.finish()).toEqual({ outputLost: false });
  });

  test('stops at once, whatever its output has not taken', async () => {
    const inner = pair();
    const { writer } = fifo();
    writeSync(inner.slave, 'x'.repeat(4000));
    const pump = new Pump({ master: inner.master, input: -1, output: writer });
    pump.stop();
    await pump.finish();
  });

  test('puts a line of ours above the prompt, which it repeats', async () => {
    const inner = pair();
    setRawMode(inner.slave);
    const { writer, read } = fifo();
    const pump = new Pump({ master: inner.master, input: -1, output: writer });
    writeSync(inner.slave, 'Killed\r\n/ # ');
    let seen = await until(read, '/ # ');
    pump.say('terrarium: memory is out\r\n');
    seen += await until(read, 'out\r\n');
    expect(seen).toBe('Killed\r\n/ # \r\nterrarium: memory is out\r\n/ # ');
    pump.stop();
    await pump.finish();
  });

  test('at the beginning of a line it repeats nothing', async () => {
    const inner = pair();
    setRawMode(inner.slave);
    const { writer, read } = fifo();
    const pump = new Pump({ master: inner.master, input: -1, output: writer });
    writeSync(inner.slave, 'Killed\r\n');
    let seen = await until(read, 'Killed\r\n');
    pump.say('terrarium: memory is out\r\n');
    seen += await until(read, 'out\r\n');
    expect(seen).toBe('Killed\r\nterrarium: memory is out\r\n');
    pump.stop();
    await pump.finish();
  });

  test('refuses a master that is none', () => {
    const { writer } = fifo();
    expect(() => new Pump({ master: 9999, input: -1, output: writer })).toThrow(/bad file/i);
  });
});

describe('raw mode', () => {
  test('writes bytes as they are, and the terminal is as before afterwards', () => {
    const { master, slave } = pair();
    const saved = setRawMode(slave);
    writeSync(slave, 'a\n');
    expect(readOnce(master)).toBe('a\n');
    restoreTerminal(slave, saved);
    writeSync(slave, 'b\n');
    expect(readOnce(master)).toBe('b\r\n');
  });

  test('is refused for what is no terminal', () => {
    const fd = openSync('/dev/null', 'r');
    expect(() => setRawMode(fd)).toThrow(/tcgetattr/);
    closeSync(fd);
  });
});

test('a terminal that does not control us cannot stop us', () => {
  const { slave } = pair();
  setWindowSize(slave, 100, 30);
  expect(inForeground(slave)).toBe(true);
});

test('only what is written passes unchanged where only that is asked for', () => {
  const { slave } = pair();
  const settings = () => execFileSync('stty', ['-a'], { stdio: [slave, 'pipe', 'inherit'] });
  const saved = setRawMode(slave, 'output');
  expect(settings().toString()).toMatch(/^-opost /m);
  expect(settings().toString()).toMatch(/^isig icanon .* echo /m);
  restoreTerminal(slave, saved);
  expect(settings().toString()).toMatch(/^opost /m);
});
