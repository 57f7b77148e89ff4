// A damaged or cut executable refuses to start: it says so in one line, or the kernel does.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, type TestContext, test } from 'vitest';

const executable = join(import.meta.dirname, '../../build/release/terrarium');
const PT_LOAD = 1;

/** Where the heap and the table of its pointers are: the last segment (elf(5)). */
function snapshotOf(elf: Buffer): readonly [from: number, to: number] {
  const start = Number(elf.readBigUInt64LE(32));
  const segments = Array.from({ length: elf.readUInt16LE(56) }, (_, index) => start + index * 56);
  const loaded = segments.filter((at) => elf.readUInt32LE(at) === PT_LOAD);
  const last = loaded.at(-1) ?? 0;
  const offset = Number(elf.readBigUInt64LE(last + 8));
  return [offset, offset + Number(elf.readBigUInt64LE(last + 32))];
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
  for (let turn = 0; turn < 24; turn++) {
    const damaged = Buffer.from(elf);
    // The last page of the heap may be padding, which is not read.
    const at = from + Math.floor(((to - from) * (turn + Math.random())) / 24);
    damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << (turn % 8)), at);
    const { status, stdout, stderr } = started(damaged);
    if (status === 0 && isPadding(elf, at)) continue;
    expect([status, stdout, stderr], `byte ${at}`).toEqual([
      125,
      '',
      expect.stringMatching(/^terrarium: this executable is damaged: .*\n( {2}hint: .*\n)?$/),
    ]);
  }
});

/** Between the segments. */
function isPadding(elf: Buffer, at: number): boolean {
  return elf
    .subarray(at & ~0xfff, (at & ~0xfff) + 0x1000)
    .subarray(at & 0xfff)
    .every((byte) => byte === 0);
}

test('cut anywhere it refuses to start; within its snapshot it says why', (context) => {
  const elf = needsSnapshot(context);
  const [from] = snapshotOf(elf);
  const sizes = [elf.length - 1, elf.length - 5000, (from + elf.length) / 2, from, from - 1, 5e5];
  for (const size of sizes.map(Math.floor)) {
    const { status, stdout, stderr } = started(elf.subarray(0, size));
    // The last page is padded with zeros, as the end of the table is.
    if (size === elf.length - 1 && elf.at(-1) === 0 && status === 0) continue;
    expect([status, stdout, stderr !== ''], `${size} bytes`).toEqual([
      expect.not.toBeOneOf([0, null]),
      '',
      true,
    ]);
    if (size > from) expect(stderr).toMatch(/^terrarium: this executable is damaged: /);
  }
});
