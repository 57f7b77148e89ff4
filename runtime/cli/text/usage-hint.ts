// Help with a command line that was refused: docker's words, a command without `--` before it,
// slips of the finger.
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { TerrariumError } from '../../base/errors.ts';
import { suggestion } from '../../config/suggest.ts';
import {
  COMMAND_WORDS,
  NAMESPACE_WORDS,
  NETWORK_MODES,
  NETWORK_WORDS,
  OPTION_WORDS,
} from './docker-words.ts';

/** How many words stand before the command to run, by the command of ours. */
const OPERANDS: Readonly<Record<string, number>> = { shell: 2, explain: 2, exec: 1 };
const OTHERWISE = '--help lists what there is';

interface UsageError {
  readonly code: string;
  readonly message: string;
}

/**
 * A usage error of commander's with a hint from its code and message; itself where its own words
 * are as good.
 * `argv`: without the interpreter and the script.
 */
export function explained<E extends UsageError>(
  error: E,
  argv: readonly string[],
  program: CommandUnknownOpts,
): E | TerrariumError {
  const [first = ''] = error.message.replace(/^error: /, '').split('\n', 1);
  const argument = /^command-argument value '(.*)' is invalid for argument '(.*?)'\. (.*)$/.exec(
    first,
  );
  if (argument !== null) {
    const [, value, name, hint = OTHERWISE] = argument;
    return new TerrariumError(`invalid ${name} '${value}'`, { hint });
  }
  const hint = usageHint(error, first, argv, program);
  if (hint === undefined) return error;
  return new TerrariumError(first.replace(/(?<=' is invalid)\..*$/, ''), { hint });
}

function usageHint(
  error: UsageError,
  fact: string,
  argv: readonly string[],
  program: CommandUnknownOpts,
): string | undefined {
  const [, named = ''] = /'(.*)'/.exec(fact) ?? [];
  switch (error.code) {
    case 'commander.unknownCommand':
      return entry(COMMAND_WORDS, named) ?? suggestion(named, names(program), OTHERWISE);
    case 'commander.unknownOption':
      return optionHint(named, argv, program);
    case 'commander.invalidArgument':
      return valueHint(error.message);
    default:
      return undefined;
  }
}

function optionHint(typed: string, argv: readonly string[], program: CommandUnknownOpts): string {
  const at = argv.findIndex((word) => word === typed || word.startsWith(`${typed}=`));
  const where = argv.findIndex((word) => names(program).includes(word));
  const command = program.commands.find((each) => each.name() === argv[where]);
  const [flag = typed] = typed.split('=', 1);
  if (command === undefined) return near(flag, program);
  if (at >= 0 && at < where)
    return `options follow the name of the command: terrarium ${command.name()} … ${flag}`;
  const missing =
    at < 0 ? undefined : missingDashes(argv.slice(where + 1), at - where - 1, command);
  if (missing !== undefined) return missing;
  // Of a known option the whole word is refused only for its value.
  if (flag !== typed && optionOf(flag, command) !== undefined) return `${flag} takes no value`;
  return entry(OPTION_WORDS[command.name()] ?? {}, flag) ?? near(flag, command);
}

/**
 * `exec web ls -l`: the option is one of the command to run, which was not told apart from ours.
 */
function missingDashes(
  words: readonly string[],
  at: number,
  command: CommandUnknownOpts,
): string | undefined {
  const operands = OPERANDS[command.name()];
  if (operands === undefined || words.slice(0, at).includes('--')) return undefined;
  const places: number[] = [];
  for (let i = 0; i < at; i++) {
    const word = words[i] ?? '';
    if (!word.startsWith('-')) places.push(i);
    else if (optionOf(word, command)?.required) i++;
  }
  const first = places[operands];
  if (first === undefined) return undefined;
  const line = [...words.slice(0, first), '--', ...words.slice(first)].join(' ');
  return `put \`--\` before the command: terrarium ${command.name()} ${line}`;
}

/** `error: option '--network <mode>' argument 'bridge' is invalid. …` */
function valueHint(message: string): string | undefined {
  const [, flag, value = ''] = /'(?:-\w, )?(--[\w-]+) .*?' argument '(.*?)' is/.exec(message) ?? [];
  const [, kind, of] = /^(container|pod|service):(.*)$/.exec(value) ?? [];
  const place = NAMESPACE_FILES[flag ?? ''];
  if (flag === undefined || place === undefined) return undefined;
  if (kind !== undefined)
    return `ns:/proc/PID/ns/${place} joins that of a running container: \`terrarium state ${of}\` shows its PID`;
  if (flag === '--network') return entry(NETWORK_WORDS, value) ?? networkHint(value);
  return entry(NAMESPACE_WORDS, value);
}

const NAMESPACE_FILES: Readonly<Record<string, string>> = {
  '--network': 'net',
  '--pid': 'pid',
  '--uts': 'uts',
  '--ipc': 'ipc',
  '--cgroup-ns': 'cgroup',
};

function networkHint(value: string): string | undefined {
  return value.startsWith('/')
    ? undefined
    : suggestion(value, ['veth', 'none', 'host'], NETWORK_MODES);
}

function near(flag: string, command: CommandUnknownOpts): string {
  const flags = command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long }) => long ?? []);
  return suggestion(flag, flags, OTHERWISE) ?? OTHERWISE;
}

function optionOf(flag: string, command: CommandUnknownOpts) {
  return command.options.find(({ short, long }) => flag === short || flag === long);
}

function names(program: CommandUnknownOpts): string[] {
  return program.commands.map((command) => command.name());
}

/** Own properties only: `constructor` is a word, too. */
function entry(words: Readonly<Record<string, string>>, word: string): string | undefined {
  return Object.hasOwn(words, word) ? words[word] : undefined;
}
