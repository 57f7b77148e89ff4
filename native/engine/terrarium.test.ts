// The built executable: its host and its snapshot.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, type TestContext, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const executable = join(root, 'build/release/terrarium');
const bare = join(root, 'build/engine/bare');
const HUGE_PAGE = 1n << 21n;
const rootfs = join(root, 'fixtures/rootfs/out/default');

function needs(file: string, { skip }: TestContext): void {
  if (!existsSync(file)) skip('not built: sudo npm run build');
}

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-engine-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Status, signal, output and errors of `sh -c`; $0 is the executable. */
function shell(script: string, program = executable) {
  const { status, signal, stdout, stderr } = spawnSync('sh', ['-c', script, program], {
    encoding: 'utf8',
  });
  return { status, signal, stdout, stderr };
}

test('image and heap are elsewhere in each process', async (context) => {
  needs(executable, context);
  if (process.geteuid?.() !== 0) context.skip('needs root');
  const seen = new Set<string>();
  for (let run = 0; run < 3; run++) {
    const args = ['shell', rootfs, 'box', '--network', 'none', '--', 'sh', '-c', 'echo up; read _'];
    const child = spawn(executable, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const maps = readFileSync(`/proc/${child.pid}/maps`, 'utf8').split('\n');
    const image = maps.find((line) => line.includes('/release/terrarium'))?.split('-')[0] ?? '';
    const heap = maps
      .map((line) =>
        line
          .split(/[- ]/)
          .slice(0, 2)
          .map((part) => Number.parseInt(part, 16)),
      )
      .find(([from = 0, to = 0]) => to - from >= 4 << 20)?.[0];
    child.stdin.end('\n');
    expect(await once(child, 'exit')).toEqual([0, null]);
    seen.add(image).add(String(heap));
  }
  expect(seen.size).toBe(6);
});

// From the least in which the kernel can map the image up to enough for everything.
test('with little memory it says so, and never crashes', (context) => {
  needs(executable, context);
  const outcomes = new Set<number | null>();
  for (let kib = 10_000; kib <= 24_000; kib += 500) {
    const script = `ulimit -v ${kib}; exec "$0" explain ${rootfs} box --network none`;
    const { status, signal, stderr } = shell(script);
    outcomes.add(status);
    expect([kib, signal]).toEqual([kib, null]);
    if (status !== 0) expect(stderr).toMatch(/^terrarium: .*\n {2}hint: /);
  }
  expect([...outcomes].sort()).toEqual([0, 125]);
});

test('streams that its caller closed do not become its own files', (context) => {
  needs(executable, context);
  const script = `exec 3>&1; "$0" explain ${rootfs} box <&- >&- 2>&-; echo $? >&3`;
  expect(shell(script)).toMatchObject({ stdout: '0\n', stderr: '' });
  expect(shell(`"$0" explain ${rootfs} box <&- 2>&- | head -c 10 | wc -c`).stdout.trim()).toBe(
    '10',
  );
});

test('its stack is bounded by that of the process', (context) => {
  needs(executable, context);
  expect(shell('ulimit -s 128; exec "$0" --version')).toMatchObject({ status: 0, stderr: '' });
});

test('two heaps of the same sources differ in nothing but addresses', (context) => {
  needs(bare, context);
  const directory = temporary();
  const dumps = [0, 1].map((apart) => {
    const file = join(directory, String(apart));
    expect(spawnSync(bare, ['--dump-heap', file, String(apart)]).status).toBe(0);
    return readFileSync(file);
  });
  expect(dumps[0]?.length).toBe(dumps[1]?.length);
  expect(dumps[0]?.equals(dumps[1] ?? Buffer.alloc(0))).toBe(false);
  // Else attach.ts cannot tell pointers to the image from those into the heap. The kernel's
  // alignment alone changes the distance by a huge page, in a few of a hundred runs.
  const [less = 0n, more = 0n] = dumps.map(
    (dump) => dump.readBigUInt64LE(0) - dump.readBigUInt64LE(8),
  );
  expect(more - less).toBeGreaterThan(2n * HUGE_PAGE);
});

test('the released one makes no heap', (context) => {
  needs(executable, context);
  const file = join(temporary(), 'heap');
  expect(shell(`exec "$0" --dump-heap ${file} 0`).status).toBe(125);
  expect(existsSync(file)).toBe(false);
});
