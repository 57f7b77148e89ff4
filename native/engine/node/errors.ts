// Errors with the fields and messages of Node's own: runtime code and printed messages use both.
import { ERRNO_TABLE } from './errno-table.ts';

/** `code` and `name` as Node's: `TypeError` with code `ERR_INVALID_ARG_TYPE`. */
export function nodeError(
  kind: TypeErrorConstructor | RangeErrorConstructor | ErrorConstructor,
  code: string,
  message: string,
): Error {
  return Object.assign(new kind(message), { code });
}

/** Whether it is an error of this code, as systemError makes it: `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** uv_err_name(3) and uv_strerror(3) of a positive errno. */
export function errnoWords(errno: number): readonly [code: string, message: string] {
  const unknown = `Unknown system error -${errno}`;
  return ERRNO_TABLE[errno] ?? [unknown, unknown];
}

/** Calls whose errors have the short form of node:net and process.kill. */
const SHORT: readonly string[] = ['kill', 'connect'];

/**
 * Of a failed system call, as node:fs throws it: `ENOENT: no such file or directory, open '/x'`.
 * `errno` is positive; paths are text already.
 */
export function systemError(
  errno: number,
  syscall: string,
  path?: string,
  destination?: string,
): Error {
  const [code, message] = errnoWords(errno);
  if (SHORT.includes(syscall)) return shortError(errno, syscall, path);
  if (syscall === 'uv_cwd')
    return withFields(
      `${code}: process.cwd failed with error ${message}${LIKELY}, uv_cwd`,
      errno,
      syscall,
    );
  const of = path === undefined ? '' : ` '${path}'`;
  const to = destination === undefined ? '' : ` -> '${destination}'`;
  const error = withFields(`${code}: ${message}, ${syscall}${of}${to}`, errno, syscall);
  return Object.assign(
    error,
    path === undefined ? undefined : { path },
    destination === undefined ? undefined : { dest: destination },
  );
}

const LIKELY =
  ', the current working directory was likely removed without changing the working directory';

function shortError(errno: number, syscall: string, address: string | undefined): Error {
  const [code] = errnoWords(errno);
  const of = address === undefined ? '' : ` ${address}`;
  const error = withFields(`${syscall} ${code}${of}`, errno, syscall);
  return address === undefined ? error : Object.assign(error, { address });
}

function withFields(message: string, errno: number, syscall: string): Error {
  const [code] = errnoWords(errno);
  return Object.assign(new Error(message), { errno: -errno, code, syscall });
}

/** Of an invalid argument, as node:internal/errors has it. */
export function outOfRange(name: string, range: string, received: number | bigint): Error {
  return nodeError(
    RangeError,
    'ERR_OUT_OF_RANGE',
    `The value of "${name}" is out of range. It must be ${range}. Received ${grouped(received)}`,
  );
}

/** `1_000_000`, as Node shows numbers beyond 2³², and `5n`. */
function grouped(value: number | bigint): string {
  const text = String(value);
  const large =
    typeof value === 'bigint'
      ? value > 2n ** 32n || value < -(2n ** 32n)
      : Number.isInteger(value) && Math.abs(value) > 2 ** 32;
  const shown = large ? text.replace(/\B(?=(?:\d{3})+$)/g, '_') : text;
  return typeof value === 'bigint' ? `${shown}n` : shown;
}
