// The used part of node:util.
import { ERRNO_TABLE } from './errno-table.ts';
import { outOfRange } from './errors.ts';

export { inspect } from './inspect.ts';

/** `errno` is negative. Undefined where libuv has no message. @throws RangeError */
export function getSystemErrorMessage(errno: number): string | undefined {
  if (!Number.isInteger(errno)) throw outOfRange('err', 'an integer', errno);
  if (errno >= 0) throw outOfRange('err', 'a negative integer', errno);
  return ERRNO_TABLE[-errno]?.[1];
}

/** Escape sequences of terminals: the expression is Node's. */
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u001B\u009B][[\]()#;?]*(?:(?:(?:(?:;[-a-zA-Z\d/#&.:=?%@~_]+)*|[a-zA-Z\d]+(?:;[-a-zA-Z\d/#&.:=?%@~_]*)*)?(?:\u0007|\u001B\u005C|\u009C))|(?:(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~]))/g;

export function stripVTControlCharacters(text: string): string {
  return text.includes('\u001b') || text.includes('\u009b') ? text.replace(ESCAPES, '') : text;
}
