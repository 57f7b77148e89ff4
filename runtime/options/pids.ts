// `--pids-limit`.
import type { Parsed } from '../config/problems.ts';
import { parseWhole } from '../config/units.ts';
import { amount, into, limit, numberField } from './option.ts';

/** PID_MAX_LIMIT (linux/threads.h). */
const MOST = 2 ** 22;

export const pidsFields = {
  pidsLimit: numberField(),
};

export const pids = {
  /** Processes and threads at most; -1 or 0 for no limit, which is the default. */
  pidsLimit: limit(amount(), {
    flag: '--pids-limit <number>',
    help: 'processes and threads at most; -1 for no limit',
    most: `${MOST} is as much as the kernel ever allows`,
    read: (number) =>
      into(parsePidsLimit(number), (pidsLimit) => (pidsLimit === undefined ? {} : { pidsLimit })),
  }),
};

/**
 * Processes at most, threads counted; -1 and 0 mean no limit, answered as undefined. Above
 * PID_MAX_LIMIT (2^22) the kernel says EINVAL.
 */
export function parsePidsLimit(input: string | number): Parsed<number | undefined> {
  const limit = parseWhole(input, -1, MOST);
  if ('problem' in limit)
    return { ...limit, hint: `a whole number from 1 to ${MOST}; -1 or 0 for no limit` };
  return { value: limit.value > 0 ? limit.value : undefined };
}
