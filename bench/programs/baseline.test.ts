// The C baseline's own clock: a warm-up must not be counted.
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { timeSeries } from './baseline.ts';
import { buildProgram } from './build.ts';

const program = [buildProgram(dirname(dirname(import.meta.dirname)), 'baseline')];
const { signal } = new AbortController();

test.each([1, 4])(
  'a run takes as long as its command with %i lanes, whatever the warm-up',
  async (lanes) => {
    const series = { pace: { gapMs: 0, lanes }, runs: 1, warmup: 4, signal };
    const [sample] = await timeSeries(program, ['--', 'sleep', '0.2'], series);
    const all = (sample?.ns ?? 0) * lanes; // of lanes at once each container's part is printed
    expect(all).toBeGreaterThan(0.2e9);
    expect(all).toBeLessThan(0.9e9); // with the warm-up it would be a second
  },
);

test('a command that fails is an error with its own words', async () => {
  const series = { pace: { gapMs: 0, lanes: 2 }, runs: 1, warmup: 1, signal };
  const failing = timeSeries(program, ['--', 'false'], series);
  await expect(failing).rejects.toThrow('the command did not exit with 0');
});
