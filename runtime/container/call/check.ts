// What a caller may get wrong beside the container's own options: streams, sizes, signals. Each is
// named by its path.
import { fstatSync } from 'node:fs';
import * as v from 'valibot';
import { ConfigError } from '../../base/errors.ts';
import { collectProblems, type Problems } from '../../config/problems.ts';
import { suggestion } from '../../config/suggest.ts';
import { signalNumber } from '../../host/process/signals.ts';
import { LIMITS } from '../../options/limits.ts';
import { hasPipe } from '../streams/stdio.ts';
import type { CallOnly } from './call.ts';

const STREAMS =
  'inherit, ignore or pipe, or three of these or open descriptors: [stdin, stdout, stderr]';
/** Of a timer of Node's: 24 days. */
export const LONGEST_MS = 2 ** 31 - 1;
const LAST_SIGNAL = 64;
/** struct winsize of ioctl_tty(2) has 16 bits for each. */
const MOST_CHARACTERS = 65_535;

/** Of a call, what is none of the container's configuration, and what bears on it. */
interface Beside extends Partial<Record<keyof CallOnly, unknown>> {
  readonly stdio?: unknown;
  readonly windowSize?: unknown;
  readonly start?: unknown;
  readonly signal?: unknown;
  readonly terminal?: unknown;
  readonly detach?: unknown;
}

/**
 * What `then` answers, when everything is right; its wrong fields and those of `options` in one
 * error otherwise.
 *
 * @throws ConfigError listing every wrong field, and what else `then` throws.
 */
export function checked<T>(options: Beside, then: () => T): T {
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

/** @throws ConfigError naming each field that is no limit, or not of a limit's kind. */
export function requireLimits(limits: object): void {
  requireObject(limits, 'such as { memoryLimitBytes: 67108864 }');
  refuseUnknown(limits, Object.keys(LIMITS));
  const problems = collectProblems();
  const schemas: Readonly<Record<string, v.GenericSchema>> = LIMITS;
  for (const [key, value] of Object.entries(limits)) {
    const schema = value === undefined ? undefined : schemas[key];
    const wrong = schema && v.safeParse(schema, value).issues?.[0];
    if (wrong) problems.add(key, value, wrong.message);
  }
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

function checkCall(options: Beside, problems: Problems): void {
  const { stdio, windowSize, start, signal } = options;
  checkStdio(stdio, problems);
  checkPipes(options, problems);
  checkCallOnly(options, problems);
  if (start !== undefined && typeof start !== 'boolean')
    problems.add('start', start, 'has to be true or false');
  checkSignal(signal, problems);
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

function checkSignal(signal: unknown, problems: Problems): void {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    problems.add('signal', signal, 'has to be an AbortSignal', 'new AbortController().signal');
}

/** As it is. @throws ConfigError unless it is a signal, or not there. */
export function requireSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  const problems = collectProblems();
  checkSignal(signal, problems);
  throw problems.error();
}

const WORDS: readonly unknown[] = ['inherit', 'ignore', 'pipe'];

function checkStdio(stdio: unknown, problems: Problems): void {
  if (stdio === undefined || WORDS.includes(stdio)) return;
  if (!Array.isArray(stdio) || stdio.length !== 3)
    problems.add('stdio', stdio, 'is no choice of streams', STREAMS);
  else
    stdio.forEach((fd: unknown, index) => {
      const path = `stdio[${index}]`;
      if (WORDS.includes(fd)) return;
      if (typeof fd !== 'number' || !Number.isInteger(fd) || fd < 0 || fd > 0x7fff_ffff)
        problems.add(path, fd, 'is no descriptor', STREAMS);
      else if (!isOpen(fd)) problems.add(path, fd, 'is not open', STREAMS);
    });
}

/** Pipes are there for those who hold their other ends. */
function checkPipes({ stdio, terminal, detach, input }: Beside, problems: Problems): void {
  const piped = hasPipe(stdio);
  const path = input === undefined ? 'stdio' : 'input';
  const value = input === undefined ? stdio : given(input);
  if (piped && terminal)
    problems.add(path, value, 'is not for a terminal', 'a terminal replaces all three streams');
  else if (piped && detach)
    problems.add(path, value, 'is not for a detached container', 'its log has what it writes');
  else if (input !== undefined && Array.isArray(stdio) && stdio[0] !== 'pipe')
    problems.add('input', given(input), 'needs a pipe', "stdio: ['pipe', …, …]");
}

/** What only a verb has that waits for a command's end. */
function checkCallOnly(options: Beside, problems: Problems): void {
  const { input, timeout, maxBuffer, encoding, stripFinalNewline, reject } = options;
  if (!isInput(input))
    problems.add('input', given(input), 'is no input', 'a string, a Uint8Array or a Readable');
  if (
    timeout !== undefined &&
    !(typeof timeout === 'number' && timeout >= 0 && timeout <= LONGEST_MS)
  )
    problems.add('timeout', timeout, 'is no time', `milliseconds, 0 to ${LONGEST_MS}`);
  if (maxBuffer !== undefined && !(typeof maxBuffer === 'number' && maxBuffer > 0))
    problems.add('maxBuffer', maxBuffer, 'is no number of bytes', 'such as 1_000_000');
  if (encoding !== undefined && encoding !== 'utf8' && encoding !== 'buffer')
    problems.add('encoding', encoding, 'is no encoding here', 'utf8 or buffer');
  for (const [name, value] of Object.entries({ stripFinalNewline, reject }))
    if (value !== undefined && typeof value !== 'boolean')
      problems.add(name, value, 'has to be true or false');
}

function isInput(input: unknown): boolean {
  if (input === undefined || typeof input === 'string' || input instanceof Uint8Array) return true;
  // Also of another copy of the module, or made by a library.
  return typeof input === 'object' && input !== null && 'pipe' in input && 'destroy' in input;
}

/** In a message: what it is, not what is in it. */
function given(input: unknown): unknown {
  if (typeof input === 'string') return 'a string';
  return typeof input === 'object' && input !== null ? `a ${input.constructor?.name}` : input;
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}
