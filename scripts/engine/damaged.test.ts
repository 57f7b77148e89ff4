// A damaged or cut executable refuses to start: it says so in one line, or the kernel does.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, type TestContext, test } from 'vitest';
import { PT_LOAD, readSegments } from '../../native/engine/heap/attach.ts';

const executable = join(import.meta.dirname, '../../build/release/terrarium');

/** Where the heap and the table of its pointers are: the last segment (elf(5)). */
function snapshotOf(elf: Buffer): readonly [from: number, to: number] {
  const last = readSegments(elf).findLast(({ type }) => type === PT_LOAD);
  const [offset, size] = [Number(last?.offset), Number(last?.fileSize)];
  return [offset, offset + size];
}

function needsSnapshot({ skip }: TestContext): Buffer {
  if (!existsSync(executable)) skip('not built: sudo npm run build');
  const elf = readFileSync(executable);
  const [from, to] = snapshotOf(elf);
  expect(to - from).toBeGreaterThan(1e6);
  expect(to).toBe(elf.length);
  return elf;
}

function started(image: Buffer) {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-damaged-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'terrarium');
  writeFileSync(file, image, { mode: 0o755 });
  // A shell: it reports what the kernel says of a file that it cannot load.
  const { status, stdout, stderr } = spawnSync('sh', ['-c', '"$0" --version', file], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  return { status, stdout, stderr };
}

test('whole, it starts (control)', (context) => {
  const elf = needsSnapshot(context);
  expect(started(elf)).toMatchObject({ status: 0, stderr: '' });
});

test('with a bit flipped anywhere in its snapshot it refuses to start', (context) => {
  const elf = needsSnapshot(context);
  const [from, to] = snapshotOf(elf);
  const anywhere = Array.from({ length: 24 }, (_, turn) => ({
    at: from + Math.floor(((to - from) * (turn + Math.random())) / 24),
    bit: turn % 8,
  }));
  const fromEnd = [1, 20_000, 1_000_000, 2_500_000].map((distance) => ({
    at: to - distance,
    bit: 4,
  }));
  // Sums of words lose the highest bit first.
  const highest = Array.from({ length: 8 }, () => ({
    at: from + 8 * Math.floor(((to - from) / 8) * Math.random()) + 7,
    bit: 7,
  }));
  for (const { at, bit } of [...anywhere, ...fromEnd, ...highest]) {
    const damaged = Buffer.from(elf);
    damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << bit), at);
    const { status, stdout, stderr } = started(damaged);
    expect([status, stdout, stderr], `byte ${at}`).toEqual([
      125,
      '',
      expect.stringMatching(/^terrarium: this executable is damaged: .*\n {2}hint: .*\n$/),
    ]);
  }
});

test('cut anywhere it refuses to start; within its snapshot it says why', (context) => {
  const elf = needsSnapshot(context);
  const [from, to] = snapshotOf(elf);
  const sizes = [to - 1, to - 5000, to - 1_000_000, (from + to) / 2, from, from - 1, 5e5];
  for (const size of sizes.map(Math.floor)) {
    const { status, stdout, stderr } = started(elf.subarray(0, size));
    // The last page is padded with zeros, as the end of the table is.
    if (size === to - 1 && elf.at(-1) === 0 && status === 0) continue;
    expect([status, stdout, stderr !== ''], `${size} bytes`).toEqual([
      expect.not.toBeOneOf([0, null]),
      '',
      true,
    ]);
    if (size > from) expect(stderr).toMatch(/^terrarium: this executable is damaged: /);
    if (size > from && size <= to - 5000)
      expect([status, stderr]).toEqual([125, expect.stringContaining('its end is missing')]);
  }
});
