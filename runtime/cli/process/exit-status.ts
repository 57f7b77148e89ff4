// How a workload's end becomes this command's exit status, as a shell would report it.
import { constants } from 'node:os';
import type { Parsed } from '../../config/problems.ts';
import { suggestion } from '../../config/suggest.ts';
import { signalNumber } from '../../host/process/signals.ts';

/** Real-time signals end here (signal(7)). */
const LAST_SIGNAL = 64;

/** The workload's own status, or 128 and the number of the signal that ended it. */
export function exitCodeOf(ended: {
  readonly exitCode?: number | null | undefined;
  readonly signal?: string | number | null | undefined;
}): number {
  if (typeof ended.signal === 'number') return 128 + ended.signal;
  if (typeof ended.signal === 'string') return 128 + (signalNumber(ended.signal) ?? 0);
  return ended.exitCode ?? 0;
}

/** `TERM`, `SIGTERM`, `term`, `15` or `RTMIN+3` to the signal's number. */
export function parseSignal(text: string): Parsed<number> {
  const number = /^[1-9]\d?$/.test(text) ? Number(text) : signalNumber(text);
  if (number !== undefined && number <= LAST_SIGNAL) return { value: number };
  const names = Object.keys(constants.signals).map((name) => name.slice(3));
  return {
    problem: 'is no signal',
    hint: suggestion(
      text.replace(/^SIG/i, ''),
      names,
      `a name such as TERM or RTMIN+3, or a number from 1 to ${LAST_SIGNAL}`,
    ),
  };
}
