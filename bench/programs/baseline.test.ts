// The C baseline's own clock: warm-up runs are not counted.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { containerFlags, timeSeries } from './baseline.ts';
import { buildProgram } from './build.ts';

const repository = dirname(dirname(import.meta.dirname));
const program = buildProgram(repository, 'baseline');
const { signal } = new AbortController();

test.each([1, 4])(
  'one counted run of five, in %i lanes, is half of the time at most',
  async (lanes) => {
    const series = { pace: { gapMs: 0, lanes }, runs: 1, warmup: 4, signal };
    const begun = performance.now();
    const [sample] = await timeSeries(program, ['--', 'sleep', '0.2'], series);
    const wholeNs = (performance.now() - begun) * 1e6;
    const countedNs = (sample?.ns ?? 0) * lanes; // of several at once each one's part is printed
    expect(countedNs).toBeGreaterThan(0.2e9);
    expect(countedNs).toBeLessThan(wholeNs / 2);
  },
);

test('a command that fails is an error with its own words', async () => {
  const series = { pace: { gapMs: 0, lanes: 2 }, runs: 1, warmup: 1, signal };
  const failing = timeSeries(program, ['--', 'false'], series);
  await expect(failing).rejects.toThrow('the command did not exit with 0');
});

test.runIf(process.getuid?.() === 0)('a container of its own is made and removed', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'baseline-'));
  const series = { pace: { gapMs: 0, lanes: 1 }, runs: 2, warmup: 0, signal };
  const rootfs = join(repository, 'fixtures/rootfs/out/default');
  try {
    const flags = containerFlags(rootfs, scratch, true);
    expect(await timeSeries(program, flags, series)).toHaveLength(2);
    await expect(timeSeries(program, [...flags, '--set', 'none=1'], series)).rejects.toThrow(
      /exit code 1: bench-baseline: \/.*\/none: /,
    );
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
