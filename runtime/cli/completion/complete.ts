// What may follow on an unfinished command line, from the commands as they are declared. The
// scripts of bash.ts, zsh.ts and fish.ts ask for it: `terrarium __complete WORD…`, the last one
// unfinished.
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { visible } from '../../base/bytes.ts';
import { collect } from '../commands/base-command.ts';
import type { Io } from '../process/io.ts';
import { type Candidate, type Offer, VALUES } from './values.ts';

type Option = CommandUnknownOpts['options'][number];

/** Where in a command's line its last word stands. */
interface Place {
  /** The option whose value comes next. */
  readonly option?: Option | undefined;
  readonly operands: readonly string[];
  readonly given: ReadonlySet<Option>;
  /** Behind `--`: the words of the command to run. */
  readonly foreign: boolean;
}

/**
 * One line `VALUE<tab>DESCRIPTION` for each candidate. The last line is `:KIND<tab>PREFIX`: the
 * shell adds paths of that kind (`nothing`, `files`, `directories`), and PREFIX is the part of the
 * word before the path.
 */
export async function completions(
  program: CommandUnknownOpts,
  words: readonly string[],
  env: Io['env'],
): Promise<string> {
  const typed = words.at(-1) ?? '';
  const { candidates = [], paths = 'nothing', prefix = '' } = await offer(program, words, env);
  const lines = candidates
    .filter(([value]) => value.startsWith(typed))
    .map(([value, description = '']) => `${value}\t${visible(description)}\n`);
  return `${lines.join('')}:${paths}\t${prefix}\n`;
}

async function offer(
  program: CommandUnknownOpts,
  words: readonly string[],
  env: Io['env'],
): Promise<Offer> {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const at = before.findIndex((word) => !word.startsWith('-'));
  if (at < 0) return typed.startsWith('-') ? optionsOf(program, new Set()) : commandsOf(program);
  const name = before[at];
  const command = program.commands.find((each) => each.name() === name);
  if (command === undefined)
    return name === 'help' && at === before.length - 1 ? commandsOf(program) : {};
  const { option, operands, given, foreign } = placeIn(command, before.slice(at + 1));
  if (foreign) return {};
  if (option !== undefined) return valuesOf(placeholderOf(option), option.argChoices, typed, env);
  const [, flag, value] = /^(--[\w-]+=)(.*)$/s.exec(typed) ?? [];
  if (flag !== undefined && value !== undefined) {
    const named = find(command, flag.slice(0, -1));
    if (named === undefined) return {};
    return after(flag, await valuesOf(placeholderOf(named), named.argChoices, value, env));
  }
  if (typed.startsWith('-')) return optionsOf(command, given);
  const { registeredArguments } = command;
  const argument = registeredArguments[Math.min(operands.length, registeredArguments.length - 1)];
  if (
    argument === undefined ||
    (operands.length >= registeredArguments.length && !argument.variadic)
  )
    return {};
  // What is to be run comes after it.
  if (argument.name() === 'command') return { candidates: [['--', 'the command follows']] };
  const values = await valuesOf(argument.name(), argument.argChoices, typed, env);
  return {
    ...values,
    candidates: values.candidates?.filter(([value]) => !operands.includes(value)) ?? [],
  };
}

function placeIn(command: CommandUnknownOpts, words: readonly string[]): Place {
  const operands: string[] = [];
  const given = new Set<Option>();
  let option: Option | undefined;
  for (const word of words) {
    if (option !== undefined) option = undefined;
    else if (word === '--') return { operands, given, foreign: true };
    else if (word.startsWith('-')) {
      const named = find(command, word.split('=', 1)[0] ?? word);
      if (named === undefined) continue;
      given.add(named);
      if (named.required && !word.includes('=')) option = named;
    } else operands.push(word);
  }
  return { option, operands, given, foreign: false };
}

async function valuesOf(
  placeholder: string,
  choices: readonly string[] | undefined,
  typed: string,
  env: Io['env'],
): Promise<Offer> {
  if (choices !== undefined) return { candidates: choices.map((choice) => [choice]) };
  if (!Object.hasOwn(VALUES, placeholder)) return {};
  return (await VALUES[placeholder]?.({ typed, env })) ?? {};
}

/** The same, for a word that begins with `--flag=`. */
function after(flag: string, { candidates = [], prefix = '', paths }: Offer): Offer {
  const moved = candidates.map(([value, ...rest]): Candidate => [flag + value, ...rest]);
  return { candidates: moved, prefix: flag + prefix, ...(paths && { paths }) };
}

function commandsOf(program: CommandUnknownOpts): Offer {
  const commands = program.createHelp().visibleCommands(program);
  return {
    candidates: commands.map((each) => [each.name(), each.summary() || each.description()]),
  };
}

/** Those that may still be given: some may be repeated. */
function optionsOf(command: CommandUnknownOpts, given: ReadonlySet<Option>): Offer {
  const options = visibleOptions(command).filter(
    (option) => !given.has(option) || option.parseArg === collect,
  );
  return {
    candidates: options.map(({ long, short, description }) => [long ?? short ?? '', description]),
  };
}

function visibleOptions(command: CommandUnknownOpts): Option[] {
  return command.createHelp().visibleOptions(command);
}

function find(command: CommandUnknownOpts, flag: string): Option | undefined {
  return visibleOptions(command).find(({ long, short }) => flag === long || flag === short);
}

/** `src:dst[:ro]` of `-v, --volume <src:dst[:ro]>`. */
export function placeholderOf({ flags }: Pick<Option, 'flags'>): string {
  return /<(.*)>$/.exec(flags)?.[1] ?? '';
}
