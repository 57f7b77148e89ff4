// How fast a machine is for what the specs do: milliseconds of a fixed piece of work. With the
// host's figure it prints the factor.
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';

const STARTS = 6;
/**
 * Waiting longer than needed costs nothing when all is well; a machine that is busy at times is
 * slower than it measured.
 */
const RESERVE = 1.5;

/**
 * Programs started by Node, most of what a spec waits for: the median of several, in milliseconds.
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
