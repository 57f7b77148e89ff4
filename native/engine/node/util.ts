// The used part of node:util.
import { errnoWords, outOfRange } from './errors.ts';

export { inspect } from './inspect.ts';

/** `errno` is negative. @throws RangeError */
export function getSystemErrorMessage(errno: number): string {
  if (!Number.isInteger(errno)) throw outOfRange('err', 'an integer', errno);
  if (errno >= 0) throw outOfRange('err', 'a negative integer', errno);
  return errnoWords(-errno)[1];
}

/** Escape sequences of terminals: the expression is Node's. */
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /(?:\u001B\][\s\S]*?(?:\u0007|\u001B\u005C|\u009C))|[\u001B\u009B][[\]()#;?]*(?:\d{1,4}(?:[;:]\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~]/g;

export function stripVTControlCharacters(text: string): string {
  return text.includes('\u001b') || text.includes('\u009b') ? text.replace(ESCAPES, '') : text;
}
