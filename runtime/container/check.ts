// What a caller may get wrong beside the container's own options: streams, sizes, signals. Each is
// named by its path.
import { fstatSync } from 'node:fs';
import type { Limits } from '../cgroups/limits.ts';
import { collectProblems, type Problems } from '../config/problems.ts';
import { suggestion } from '../config/suggest.ts';
import { ConfigError } from '../errors.ts';
import { signalNumber } from '../host/signals.ts';

const STREAMS = 'inherit, ignore, or three open descriptors: [stdin, stdout, stderr]';
const LAST_SIGNAL = 64;
/** struct winsize of ioctl_tty(2) has 16 bits for each. */
const MOST_CHARACTERS = 65_535;

/** The part of a call's options that is none of the container's configuration. */
interface CallOptions {
  readonly stdio?: unknown;
  readonly windowSize?: unknown;
  readonly start?: unknown;
  readonly signal?: unknown;
}

/**
 * What `then` answers, when everything is right; its wrong fields and those of `options` in one
 * error otherwise.
 *
 * @throws ConfigError listing every wrong field, and what else `then` throws.
 */
export function checked<T>(options: CallOptions, then: () => T): T {
  const problems = collectProblems();
  checkCall(options, problems);
  if (problems.list.length === 0) return then();
  try {
    then();
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError([...error.problems, ...problems.list]);
  }
  throw problems.error();
}

/** @throws ConfigError unless it is an object. */
export function requireObject(options: unknown, hint: string): void {
  if (typeof options === 'object' && options !== null) return;
  const problems = collectProblems();
  problems.add('options', options, 'has to be an object', hint);
  throw problems.error();
}

/** @throws ConfigError: an option of another call. */
export function refuseOption(path: string, value: unknown, hint: string): never {
  const problems = collectProblems();
  problems.add(path, value, 'is no option here', hint);
  throw problems.error();
}

/**
 * @throws ConfigError naming each field that is not in `known`, with the one that may have been
 * meant.
 */
export function refuseUnknown(options: object, known: readonly string[]): void {
  const problems = collectProblems();
  for (const [key, value] of Object.entries(options))
    if (!known.includes(key)) problems.add(key, value, 'is no option', suggestion(key, known));
  if (problems.list.length > 0) throw problems.error();
}

/** @throws ConfigError unless it is a list; what is in it is for others to look at. */
export function requireList<T>(value: readonly T[], path: string): readonly T[] {
  if (Array.isArray(value)) return value;
  const problems = collectProblems();
  problems.add(path, value, 'has to be a list of texts');
  throw problems.error();
}

/** @throws ConfigError for what is not there. */
export function required<T>(value: T | undefined, path: string): T {
  if (value !== undefined) return value;
  const problems = collectProblems();
  problems.add(path, value, 'is missing');
  throw problems.error();
}

/** Which of the limits are numbers: all but the sets of processors and memory nodes. */
const LIMITS: Readonly<Record<keyof Limits, 'number' | 'string'>> = {
  memoryLimitBytes: 'number',
  memorySwapBytes: 'number',
  cpuQuotaUs: 'number',
  cpuPeriodUs: 'number',
  cpuShares: 'number',
  cpusetCpus: 'string',
  cpusetMems: 'string',
  pidsLimit: 'number',
};

/** @throws ConfigError naming each field that is no limit, or not of a limit's kind. */
export function requireLimits(limits: object): void {
  requireObject(limits, 'such as { memoryLimitBytes: 67108864 }');
  refuseUnknown(limits, Object.keys(LIMITS));
  const kinds: Readonly<Record<string, string>> = LIMITS;
  const problems = collectProblems();
  for (const [key, value] of Object.entries(limits))
    if (value !== undefined && (typeof value !== kinds[key] || Number.isNaN(value)))
      problems.add(key, value, kinds[key] === 'number' ? 'has to be a number' : 'has to be text');
  if (problems.list.length > 0) throw problems.error();
}

/**
 * The number of a signal, given as that or by its name: 9, `KILL`, `SIGKILL`. @throws ConfigError.
 */
export function signalOf(signal: unknown): number {
  const number = typeof signal === 'string' ? signalNumber(signal) : signal;
  if (
    typeof number === 'number' &&
    Number.isInteger(number) &&
    number >= 0 &&
    number <= LAST_SIGNAL
  )
    return number;
  const problems = collectProblems();
  const hint = `a name such as SIGTERM or TERM, or a number from 0 to ${LAST_SIGNAL}`;
  problems.add('signal', signal, 'is no signal', hint);
  throw problems.error();
}

/** Both as they are. @throws ConfigError unless they are numbers of characters. */
export function windowSize(columns: number, rows: number): [columns: number, rows: number] {
  const problems = collectProblems();
  sizes({ columns, rows }, '', problems);
  if (problems.list.length > 0) throw problems.error();
  return [columns, rows];
}

function checkCall({ stdio, windowSize, start, signal }: CallOptions, problems: Problems): void {
  checkStdio(stdio, problems);
  if (start !== undefined && typeof start !== 'boolean')
    problems.add('start', start, 'has to be true or false');
  if (signal !== undefined && !(signal instanceof AbortSignal))
    problems.add('signal', signal, 'has to be an AbortSignal', 'new AbortController().signal');
  if (windowSize === undefined) return;
  if (typeof windowSize !== 'object' || windowSize === null)
    problems.add('windowSize', windowSize, 'has to be { columns, rows }');
  else sizes({ columns: undefined, rows: undefined, ...windowSize }, 'windowSize.', problems);
}

function sizes(
  size: { readonly columns: unknown; readonly rows: unknown },
  path: string,
  problems: Problems,
): void {
  for (const [name, value] of [
    ['columns', size.columns],
    ['rows', size.rows],
  ] as const)
    if (
      !(
        typeof value === 'number' &&
        Number.isInteger(value) &&
        value >= 0 &&
        value <= MOST_CHARACTERS
      )
    )
      problems.add(`${path}${name}`, value, `has to be a number from 0 to ${MOST_CHARACTERS}`);
}

function checkStdio(stdio: unknown, problems: Problems): void {
  if (stdio === undefined || stdio === 'inherit' || stdio === 'ignore') return;
  if (!Array.isArray(stdio) || stdio.length !== 3)
    problems.add('stdio', stdio, 'is no choice of streams', STREAMS);
  else
    stdio.forEach((fd: unknown, index) => {
      const path = `stdio[${index}]`;
      if (typeof fd !== 'number' || !Number.isInteger(fd) || fd < 0 || fd > 0x7fff_ffff)
        problems.add(path, fd, 'is no descriptor', STREAMS);
      else if (!isOpen(fd)) problems.add(path, fd, 'is not open', STREAMS);
    });
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}
