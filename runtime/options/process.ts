// What is executed, with which environment, and where.
import { byteLength } from '../base/bytes.ts';
import { DEFAULT_COMMAND } from '../config/defaults.ts';
import { isText, isWithin, parsePath } from '../config/paths.ts';
import type { Parsed, Problems } from '../config/problems.ts';
import type { Given } from './shape.ts';

/** MAX_ARG_STRLEN, 32 pages of 4 KiB, less the NUL byte: the longest argument execve(2) takes. */
const LONGEST_STRING = 131_071;

export function parseCommand(
  command: readonly string[] | undefined,
  problems: Problems,
): readonly string[] {
  if (command === undefined) return DEFAULT_COMMAND;
  if (command.length === 0)
    problems.add('command', command, 'is empty', 'leave it out for /bin/sh');
  else if (command[0] === '') problems.add('command[0]', '', 'is no program');
  for (const [index, argument] of command.entries()) {
    const problem = unfit(argument);
    if (problem) problems.add(`command[${index}]`, argument.slice(0, 100), problem);
  }
  return command;
}

/** `KEY=value` for each key once: the defaults, then the caller's, of which the last one counts. */
export function parseEnvironment(
  given: Given['env'],
  defaults: Readonly<Record<string, string>>,
  problems: Problems,
): string[] {
  const environment = new Map(Object.entries(defaults));
  const add = (path: string, key: string, value: string) => {
    const text = `${key}=${value}`;
    const problem = /^[^=\s]+$/.test(key) ? unfit(text) : 'has a name that no variable can have';
    if (problem)
      problems.add(
        path,
        text.slice(0, 100),
        problem,
        'KEY=value; the key is not empty, without blanks and =',
      );
    else environment.set(key, value);
  };
  if (Array.isArray(given)) {
    for (const [index, entry] of given.entries()) {
      const equals = entry.indexOf('=');
      if (equals < 0)
        problems.add(
          `env[${index}]`,
          entry.slice(0, 100),
          'has no =',
          'KEY=value, or KEY= for an empty one',
        );
      else add(`env[${index}]`, entry.slice(0, equals), entry.slice(equals + 1));
    }
  } else {
    for (const [key, value] of Object.entries(given ?? {})) add(`env.${key}`, key, value);
  }
  return [...environment].map(([key, value]) => `${key}=${value}`);
}

/**
 * Where to start. Not below /proc: /proc/self/fd/N would be a way out through a descriptor
 * (CVE-2024-21626).
 */
export function parseWorkdir(path: string): Parsed<string> {
  const parsed = parsePath(path, 'in the container');
  if ('problem' in parsed || !isWithin(parsed.value, '/proc')) return parsed;
  return { problem: 'is below /proc', hint: 'start somewhere else' };
}

function unfit(text: string): string | undefined {
  if (!isText(text)) return 'has a NUL or half a character in it, which the kernel cannot take';
  return byteLength(text) > LONGEST_STRING
    ? `is longer than the ${LONGEST_STRING} bytes the kernel takes`
    : undefined;
}
