// The program that tests run twice. With arguments it plays a scenario; without, it makes the calls
// given as JSON on standard input and prints each result or error.
import { readFileSync, Stats, writeFileSync } from 'node:fs';
import { CALLS } from './calls.ts';
import { SCENARIOS } from './scenarios.ts';

/** A name of CALLS, and arguments. */
type Call = readonly [name: string, ...args: unknown[]];

export const UNDEFINED = '\u0001undefined';

export async function trial(words: readonly string[]): Promise<void> {
  const [name, ...args] = words;
  if (name !== undefined) {
    await SCENARIOS[name]?.(...args);
    return;
  }
  const calls: readonly Call[] = JSON.parse(readFileSync(0, 'utf8'));
  const answers: unknown[] = [];
  for (const [call, ...given] of calls) {
    // JSON has no undefined.
    const args = given.map((one) => (one === UNDEFINED ? undefined : one));
    answers.push(await answer(call, args));
  }
  writeFileSync(1, JSON.stringify(answers));
}

async function answer(name: string, args: readonly unknown[]): Promise<unknown> {
  const call = CALLS[name];
  if (!call) return { missing: name };
  try {
    return plain(await Reflect.apply(call, undefined, args));
  } catch (error) {
    return { thrown: plain(error) };
  }
}

const FIELDS = ['name', 'message', 'code', 'errno', 'syscall', 'path', 'dest', 'address'];

/** As JSON, with its kind. */
function plain(value: unknown): unknown {
  if (value === undefined) return { undefined: true };
  if (typeof value === 'bigint') return { bigint: String(value) };
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('latin1') };
  if (value instanceof Error)
    return Object.fromEntries(FIELDS.map((name) => [name, Reflect.get(value, name)]));
  if (value instanceof Stats) return shape(value);
  if (Array.isArray(value)) return value.map(plain);
  return value;
}

/** Two directories differ in numbers of inodes, and file systems in the sizes of directories. */
function shape(stats: Stats): unknown {
  const { mode, nlink, size, uid, gid, rdev } = stats;
  const directory = stats.isDirectory();
  const kinds = [stats.isFile(), stats.isSymbolicLink(), stats.isFIFO()];
  const devices = [stats.isCharacterDevice(), stats.isBlockDevice()];
  return { mode, nlink, size: directory ? 0 : size, uid, gid, rdev, directory, kinds, devices };
}
