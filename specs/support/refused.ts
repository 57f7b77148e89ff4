// A refused start, typed on a command line of the host: exit code, a line of fact and one of help,
// and nothing left of it.
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'vitest';
import {
  boxOf,
  type Expected,
  firstFailure,
  judge,
  type Outcome,
  type Recorded,
} from '../../harness/matchers/recorded.ts';
import { hasController } from '../../harness/observe/features.ts';
import { eventually } from '../../harness/observe/process.ts';
import type { Box } from '../../harness/shell/box.ts';
import { linkName } from '../../runtime/network/addresses.ts';
import type { Context } from '../suite.ts';
import { demandTerrarium } from './host-shells.ts';
import { ROOT, randomName, TERRARIUM } from './places.ts';
import { deleteIfThere } from './subject.ts';
import { keptOf } from './traces.ts';

/** Wide enough for every command. */
const COLUMNS = 170;
/** As typed: relative to the project. */
const ROOTFS = 'fixtures/rootfs/out/default';

export interface Refusal {
  /** Default: 125, refused by the runtime. 126: not executable; 127: not found. */
  readonly exitCode?: 126 | 127;
  /** A pattern for the line that begins with `terrarium:`. */
  readonly fact: string | RegExp;
  /** A pattern for the next line, which begins with `hint:`. */
  readonly hint: string | RegExp;
}

interface RefusalMatchers {
  /**
   * The command, typed on this command line, is refused: with the exit code, two lines, and no
   * state, cgroup, mount, link or claimed address of the shell's name on the host.
   */
  toRefuse(command: string, refusal: Refusal): Promise<Recorded>;
}

declare module 'vitest' {
  interface Matchers<R, T> extends RefusalMatchers {}
}

expect.extend({
  async toRefuse(
    received: unknown,
    command: string,
    { exitCode, fact, hint }: Refusal,
  ): Promise<Outcome> {
    const line = boxOf(received);
    const output = await line.type(command);
    const code = await line.type('echo $?');
    const [first = ''] = output.split('\n', 1);
    // Nothing else: no second error, no stack, no clean-up failure.
    const rest = output.slice(first.length + 1);
    return firstFailure(
      judge(line, 'line of fact', first, wholeLine('terrarium: ', fact)),
      judge(line, 'line of help', rest, wholeLine('  hint: ', hint)),
      judge(line, 'exit code', code, exitCode ?? 125),
      judge(line, 'left of it', { host: await leftOf(line.name) }, 'nothing'),
    );
  },
});

function wholeLine(start: string, words: string | RegExp): RegExp {
  const source = typeof words === 'string' ? RegExp.escape(words) : words.source;
  return new RegExp(`^${start}.*(?:${source}).*$`, typeof words === 'string' ? '' : words.flags);
}

/** One `terrarium shell` command line. */
export interface Start {
  /** Default: the suite's. */
  readonly rootfs?: string;
  /** As typed. Default: `box`. */
  readonly hostname?: string;
  readonly options?: string;
  /** Instead of a shell. Default: `true`; empty: a shell. */
  readonly command?: string;
  /** Default: the command line's own. */
  readonly name?: string | ((own: string) => string);
  /** What stands before `terrarium`. */
  readonly through?: string;
}

/** A command line, or its options. */
type Typed = Start | string;

/** Of the command line: as it is typed. */
export function commandLine(line: Box, start: Typed): string {
  if (typeof start === 'string') return commandLine(line, { options: start });
  const { rootfs = ROOTFS, hostname = 'box', options, command = 'true', through, name } = start;
  const chosen = typeof name === 'function' ? name(line.name) : (name ?? line.name);
  const words = [through, 'terrarium shell', rootfs, hostname, '--name', chosen];
  return [...words, options, command && `-- ${command}`].filter(Boolean).join(' ');
}

interface Attempt extends Refusal {
  /** The action, and its reason. */
  readonly say: string;
  readonly start: Typed;
}

/** A refused start, and a working one that differs in one thing. */
export interface RefusedStart extends Attempt {
  readonly also?: readonly Attempt[];
  /** Further checks or actions before the control. */
  readonly beforeControl?: (line: Box) => unknown;
  /** `the same with a directory`, the typed arguments, and the output. */
  readonly control: readonly [what: string, start: Typed, printing?: Expected];
}

/** A requirement that a start is refused. `env`: of the command line. */
export async function refuses(
  context: Context,
  { also = [], beforeControl, control: [what, works, printing], ...first }: RefusedStart,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const line = await openCommandLine(context, env);
  if (commandLine(line, works).includes('--memory') && !hasController('memory'))
    context.notProvenHere('the memory controller');
  for (const { say, start, ...refusal } of [first, ...also]) {
    await context.say(say);
    await expect(line).toRefuse(commandLine(line, start), refusal);
  }
  await beforeControl?.(line);
  await context.say(`The control: ${what}.`);
  const seen = { label: 'exit code', ...(printing === undefined ? {} : { printing }) };
  await context.control(
    async () => line,
    (free) => expect(free).toExitWith(commandLine(free, works), 0, seen),
    what,
  );
  expect(context.outside('left of the one that worked', await leftOf(line.name))).toBe('nothing');
}

/** A shell on the host in the project's directory, where `terrarium` is in the PATH. */
async function openCommandLine(
  { id, host, subject, onCleanup }: Context,
  env: Readonly<Record<string, string>>,
): Promise<Box> {
  demandTerrarium(subject);
  const name = randomName(id);
  onCleanup(() => deleteIfThere(name));
  const path = `${dirname(TERRARIUM)}:${process.env.PATH ?? ''}`;
  const prepared = { name, cwd: ROOT, columns: COLUMNS, env: { PATH: path, ...env } };
  return host.shell('a shell on the host', 'subject', prepared);
}

/** What the host has of a container of this name; or `nothing`. */
async function leftOf(name: string): Promise<string> {
  const link = `/sys/class/net/${linkName(name)}`;
  await eventually(`link of ${name} gone`, () => !existsSync(link));
  return Object.values(keptOf(name)).flat().join(' ') || 'nothing';
}
