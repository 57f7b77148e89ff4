// `--init`, `--detach` and its log, `--tty`: who is there beside the command, and for how long.
import type { Config } from '../config/config.ts';
import type { Parsed, Problems } from '../config/problems.ts';
import { formatSize, parseSize } from '../config/units.ts';
import type { Given } from './index.ts';
import { amount, option, toggle } from './option.ts';

export const init = {
  /** Keep a small init as PID 1 that reaps zombies and forwards signals. */
  init: option(toggle(), {
    flag: '--init',
    help: 'keep an init as PID 1 that reaps zombies and forwards signals',
    heading: 'Process:',
    place: 2,
  }),
};

export const detached = {
  /** The container lives on when the caller is gone. Not together with `terminal`. */
  detach: option(toggle(), {
    flag: '-d, --detach',
    help: 'leave it running, and print its id',
    heading: 'Process:',
    place: 1,
  }),
  /**
   * Bytes in a detached container's log (`16m`, the default) before it becomes the older one, which
   * it replaces: at most twice as much is kept. -1 or `unlimited` for no limit.
   */
  logMaxSize: option(amount(), {
    flag: '--log-max-size <size>',
    help: 'with -d: bytes in the log before the next is begun; one older is kept (default: 16m)',
    heading: 'Process:',
    place: 1,
  }),
};

export const terminal = {
  /** A pseudo-terminal as standard input, output and error. */
  terminal: option(toggle(), {
    flag: '-t, --tty',
    help: 'a terminal inside (default: when all three streams are on one)',
    heading: 'Process:',
    exec: true,
    opposite: { flag: '-T, --no-tty', help: 'no terminal inside' },
  }),
};

export function readLifetime(
  given: Given,
  problems: Problems,
): Pick<Config, 'init' | 'detach' | 'logMaxBytes'> {
  const { init = false, detach = false, logMaxSize, terminal } = given;
  const logMaxBytes =
    logMaxSize === undefined
      ? LOG_MAX_BYTES
      : (problems.accept('logMaxSize', logMaxSize, parseLogMaxSize(logMaxSize)) ?? 0);
  if (logMaxSize !== undefined && !detach) {
    problems.add(
      'logMaxSize',
      logMaxSize,
      'is for the log of a detached container',
      'add detach, or leave it out: others write to where they were started',
    );
  }
  if (detach && terminal) {
    problems.add(
      'terminal',
      true,
      'needs a process at its other end, and a detached container has none',
      'leave out one of detach and terminal',
    );
  }
  return { init, detach, logMaxBytes };
}

/** A detached container's log, unless another size is asked for. */
const LOG_MAX_BYTES = 16 * 1024 * 1024;
const LOG_MINIMUM_BYTES = 4096;

/**
 * Bytes in one file of a log (docker's `max-size`); -1 and `unlimited` mean no limit, answered as
 * 0.
 */
function parseLogMaxSize(input: string | number): Parsed<number> {
  if (/^(-1|unlimited)$/.test(String(input))) return { value: 0 };
  const hint = `a size from ${formatSize(LOG_MINIMUM_BYTES)} such as 16m, or -1 for no limit`;
  const size = parseSize(input);
  if ('problem' in size) return { ...size, hint };
  if (size.value < LOG_MINIMUM_BYTES) return { problem: 'is too small for a log', hint };
  return size;
}
