// The C baseline's own clock: warm-up runs are not counted.
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { timeSeries } from './baseline.ts';
import { buildProgram } from './build.ts';

const program = [buildProgram(dirname(dirname(import.meta.dirname)), 'baseline')];
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
