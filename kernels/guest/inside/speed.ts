// How fast a machine runs what the specs do: milliseconds for a fixed piece of work. Given the
// host's figure, it prints the factor.
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';

const STARTS = 6;
/**
 * A busy machine may be slower later than when measured. Longer waits cost nothing when all is
 * well.
 */
const RESERVE = 1.5;

/**
 * Median time of starting a program from Node, in milliseconds: what a spec mostly waits for.
 */
export function measureSpeed(): number {
  const times = Array.from({ length: STARTS }, () => {
    const start = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    return performance.now() - start;
  });
  // The first one reads the program from the disk.
  const [, ...warm] = times;
  return warm.sort((a, b) => a - b)[Math.floor(warm.length / 2)] ?? 0;
}

/** How much longer to wait than on the host: at least 1, rounded to halves. Pure. */
export function speedFactor(hereMs: number, hostMs: number): number {
  return Math.max(1, Math.ceil((hereMs / hostMs) * RESERVE * 2) / 2);
}

if (import.meta.main) console.log(speedFactor(measureSpeed(), Number(process.argv[2])).toFixed(1));
