// A host program that runs out of something: its start fails by an error that it can catch.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createContainer, run } from '../container.ts';
import { example, gone, Pipe } from '../example-container.ts';

const execute = promisify(execFile);
const HOST = fileURLToPath(new URL('./scarce.fixture.ts', import.meta.url));

/** How a start went with so many descriptors to spare, and another one afterwards. */
async function starts(spare: number, stdio = 'ignore'): Promise<{ first: string; second: string }> {
  const args = [process.execPath, HOST, example().rootfs, String(spare), stdio];
  const { stdout } = await execute('sh', ['-c', 'ulimit -n 80; exec "$@"', 'sh', ...args]);
  return JSON.parse(stdout);
}

/** Each starts Node: continuous integration tries all of them. */
const some = (all: readonly number[]) =>
  process.env.CI === 'true' ? all : all.filter((_, index) => index % 2 === 0);

describe('few descriptors to spare', () => {
  test.each(some([0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16]))('%i', async (spare) => {
    const { first, second } = await starts(spare);
    if (!first.startsWith('ok 0')) expect(first).toMatch(/^refused .*EMFILE.*ulimit -n/s);
    expect(second).toBe('ok 0');
  });

  test.each(some([0, 2, 4, 6, 8, 12, 16]))('%i, of which pipes take some', async (spare) => {
    const { first, second } = await starts(spare, 'pipe');
    if (!first.startsWith('ok 0')) expect(first).toMatch(/^refused .*EMFILE.*ulimit -n/s);
    expect(second).toBe('ok 0');
  });

  test('with none there is no container, with sixteen there is one', async () => {
    expect((await starts(0)).first).toMatch(/^refused/);
    expect((await starts(16)).first).toBe('ok 0');
    expect((await starts(21, 'pipe')).first).toBe('ok 0');
  });
});

/** Variables of 100,000 bytes: together far more than a socket holds. */
const LARGE = Array.from({ length: 14 }, (_, n) => `LARGE_${n}=${String(n % 10).repeat(100_000)}`);

describe('a message that is larger than its socket', () => {
  test('reaches the init whole', async () => {
    using output = new Pipe();
    const count = 'env | grep ^LARGE_ | wc -c';
    const container = {
      ...example('sh', '-c', count),
      env: LARGE,
      stdio: [0, output.fd, 2],
    } as const;
    expect((await run(container)).exitCode).toBe(0);
    // Each line is one byte longer than its variable.
    expect(output.text.trim()).toBe(String(LARGE.join('\n').length + 1));
  });

  test('reaches sixteen at once', async () => {
    const all = Array.from({ length: 16 }, () => run({ ...example('true'), env: LARGE }));
    expect((await Promise.all(all)).map(({ exitCode }) => exitCode)).toEqual(Array(16).fill(0));
  });
});

test('a start that fails while a message waits leaves nothing', async () => {
  const options = { ...example('/nonexistent'), env: LARGE };
  await expect(createContainer(options)).rejects.toThrow(/ENOENT/);
  await gone(options.id);
});
