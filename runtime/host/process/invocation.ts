// What this process was called with, byte for byte. Node has decoded it before our code runs: a
// byte that is no UTF-8 is U+FFFD by then.
import { encodeBytes } from '../../base/bytes.ts';
import { linkOf, textIfReadable } from '../files.ts';

const REPLACED = '\ufffd';

/**
 * The command line's own arguments. `decoded`: as Node has them, without the interpreter, its flags
 * and the script. They are the last ones that execve(2) was given, so proc_pid_cmdline(5) has them
 * whatever comes before.
 */
export function ownArguments(decoded: readonly string[]): readonly string[] {
  if (!decoded.some((argument) => argument.includes(REPLACED))) return decoded;
  const words = textIfReadable('/proc/self/cmdline')?.split('\0').slice(0, -1) ?? [];
  const own = words.slice(-decoded.length);
  return own.length === decoded.length && own.every((word, at) => isFrom(word, decoded[at] ?? ''))
    ? own
    : decoded;
}

/**
 * A variable of our environment; undefined when it is not set. Its name may hold bytes that are no
 * UTF-8, too.
 */
export function ownVariable(name: string): string | undefined {
  // Under Node it inherits from Object: `constructor` is no variable.
  const decoded = Object.hasOwn(process.env, name) ? process.env[name] : undefined;
  if (name.isWellFormed() && !decoded?.includes(REPLACED)) return decoded;
  // What was set since this process began is not in there, but Node can only set text.
  const entries = textIfReadable('/proc/self/environ')?.split('\0') ?? [];
  const value = entries
    .find((entry) => entry.startsWith(`${name}=`))
    ?.slice(name.length + '='.length);
  const known = value !== undefined && (decoded === undefined || isFrom(value, decoded));
  return known ? value : decoded;
}

/** `process.env` for reading, with the bytes that each variable has. */
export const ownEnvironment: Readonly<Record<string, string | undefined>> = new Proxy(process.env, {
  get: (_, name) => (typeof name === 'string' ? ownVariable(name) : undefined),
});

/** The working directory. @throws Node's error where there is none any more. */
export function ownDirectory(): string {
  const decoded = process.cwd();
  return decoded.includes(REPLACED) ? linkOf('/proc/self/cwd') : decoded;
}

/**
 * Whether `decoded` is what a host made of it: they differ in how many U+FFFD a wrong byte costs.
 */
function isFrom(text: string, decoded: string): boolean {
  return decoded.includes(REPLACED) ? replaced(text).includes(REPLACED) : text === decoded;
}

/** A text with bytes as Node would have decoded it. */
function replaced(text: string): string {
  return encodeBytes(text).toString('utf8');
}
