// What is executed, with which environment, and where.
import * as v from 'valibot';
import { byteLength, type TextOrBytes } from '../base/bytes.ts';
import type { Process } from '../config/config.ts';
import { DEFAULT_COMMAND, DEFAULT_PATH, defaultPrompt } from '../config/defaults.ts';
import { isText, isWithin, parsePath } from '../config/paths.ts';
import type { Parsed, Problems } from '../config/problems.ts';
import type { Given } from './index.ts';
import { bytes, bytesList, option } from './option.ts';
import type { ResolvedUser } from './users.ts';

/** MAX_ARG_STRLEN, 32 pages of 4 KiB, less the NUL byte: the longest argument execve(2) takes. */
const LONGEST_STRING = 131_071;

const list: v.GenericSchema<readonly TextOrBytes[], string[]> = v.array(bytes());

export const command = {
  /**
   * The program and its arguments. Default: `/bin/sh`. A name without a slash is looked up in the
   * container's PATH.
   */
  command: option(bytesList(), {
    operand: '[command...]',
    help: 'what to run instead of /bin/sh, after --',
  }),
};

export const process = {
  /**
   * `{ KEY: 'value' }` or `['KEY=value']`; the later of two wins. Added to PATH, HOME, HOSTNAME,
   * container and, on a terminal, TERM and PS1.
   */
  env: option(
    v.union(
      [list, v.record(v.string(), bytes())],
      'has to be a list of KEY=value or an object of texts',
    ),
    {
      flag: '-e, --env <key=value>',
      help: "set a variable; KEY alone passes the caller's on (repeatable)",
      heading: 'Process:',
      exec: true,
      repeatable: true,
    },
  ),
  /** Absolute path inside to start in. Default: `/`. */
  workdir: option(bytes(), {
    flag: '-w, --workdir <dir>',
    help: 'directory inside to start in (default: /)',
    heading: 'Process:',
    exec: "directory inside to start in (default: the container's)",
  }),
  /**
   * `UID`, `UID:GID`, `NAME` or `NAME:GROUP`; names are those of the root file system's /etc/passwd
   * and /etc/group. Default: root.
   */
  user: option(bytes(), {
    flag: '-u, --user <user>',
    help: 'UID[:GID] or NAME[:GROUP] of the root file system (default: root)',
    heading: 'Process:',
    exec: "UID[:GID] or NAME[:GROUP] of the root file system (default: the container's)",
  }),
};

function parseCommand(
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
function parseEnvironment(
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
function parseWorkdir(path: string): Parsed<string> {
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

/** Command, directory and environment. `who`: undefined where that is wrong. */
export function readProcess(
  given: Given,
  hostname: string,
  who: ResolvedUser | undefined,
  term: string | undefined,
  problems: Problems,
): Pick<Process, 'args' | 'cwd' | 'env'> {
  const { name, home, user } = who ?? { name: 'root', home: '/root', user: { uid: 0 } };
  const onTerminal = {
    TERM: term || 'xterm',
    PS1: defaultPrompt(name, hostname, user.uid),
  };
  const defaults = {
    PATH: DEFAULT_PATH,
    HOME: home,
    HOSTNAME: hostname,
    container: 'terrarium',
    ...(given.terminal ? onTerminal : {}),
  };
  return {
    args: parseCommand(given.command, problems),
    cwd:
      (given.workdir === undefined
        ? undefined
        : problems.accept('workdir', given.workdir, parseWorkdir(given.workdir))) ?? '/',
    env: parseEnvironment(given.env, defaults, problems),
  };
}
