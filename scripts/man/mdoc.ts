// One command as a page of mdoc(7), from commander's declarations, not from the text of its help.
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { INSTALLED } from './about.ts';

type Option = CommandUnknownOpts['options'][number];

/** Common to all pages of one build. */
export interface Edition {
  readonly version: string;
  readonly date: Date;
}

/** The page `terrarium(1)` of the program, or `terrarium-exec(1)` of a command. */
export function manPage(command: CommandUnknownOpts, edition: Edition): string {
  const name = pageName(command);
  const date = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' });
  const { prose, examples } = afterHelp(command);
  return [
    `.\\" Made by npm run man.`,
    `.Dd ${date.format(edition.date)}`,
    `.Dt ${name.toUpperCase()} 1`,
    `.Os Terrarium ${edition.version}`,
    '.Sh NAME',
    `.Nm ${name}`,
    `.Nd ${text(command.summary() || command.description())}`,
    '.Sh SYNOPSIS',
    `.Nm ${command.parent ? `"${name.replace('-', ' ')}"` : name}`,
    typeset(command.usage().replace(/ \[options\]/, ' [options]')),
    '.Sh DESCRIPTION',
    ...paragraphs([command.description(), ...prose]),
    ...operands(command),
    ...options(command),
    ...(command.parent ? [] : subcommands(command)),
    ...(command.parent ? [] : INSTALLED.flatMap(section)),
    ...(examples.length > 0 ? ['.Sh EXAMPLES', ...examples.flatMap(example).slice(1)] : []),
    '.Sh SEE ALSO',
    ...seeAlso(command),
    '',
  ].join('\n');
}

export function pageName(command: CommandUnknownOpts): string {
  return command.parent ? `${command.parent.name()}-${command.name()}` : command.name();
}

/** Text after the options in the help: sentences, and examples in the format of base-command.ts. */
function afterHelp(command: CommandUnknownOpts) {
  let help = '';
  const { writeOut, ...output } = command.configureOutput();
  command.configureOutput({ ...output, writeOut: (part) => (help += part) });
  command.outputHelp();
  command.configureOutput({ ...output, ...(writeOut && { writeOut }) });
  const after = help.slice(command.helpInformation().length);
  const [before = '', shown = ''] = after.split(/^Examples:$/m);
  const examples = [...shown.matchAll(/^ {2}# (.*)\n {2}\$ (.*)$/gm)];
  return {
    prose: before.trim() === '' ? [] : [before.trim().replaceAll('\n', ' ')],
    examples: examples.map(([, does = '', typed = '']) => ({ does, typed })),
  };
}

function operands(command: CommandUnknownOpts): string[] {
  const described = command.registeredArguments.filter(({ description }) => description);
  if (described.length === 0) return [];
  const help = command.createHelp();
  return [
    '.Bl -tag -width Ds',
    ...described.flatMap((argument) => [
      `.It ${placeholder(argument.name() + (argument.variadic ? ' ...' : ''))}`,
      typeset(help.argumentDescription(argument)),
    ]),
    '.El',
  ];
}

function options(command: CommandUnknownOpts): string[] {
  const help = command.createHelp();
  const all = help.visibleOptions(command);
  const heading = (option: Option) => option.helpGroupHeading ?? 'Options:';
  const groups = help.groupItems([...command.options], all, heading);
  return [
    '.Sh OPTIONS',
    ...[...groups].flatMap(([title, members]) => [
      ...(groups.size > 1 ? [`.Ss ${text(title.replace(/:$/, ''))}`] : []),
      '.Bl -tag -width Ds',
      ...members.flatMap((option) => [term(option), typeset(help.optionDescription(option))]),
      '.El',
    ]),
  ];
}

/** `.It Fl m , Fl -memory Ar size`. */
function term({ flags }: Option): string {
  const [, names = flags, value] = /^(.*?)(?: <(.*)>)?$/.exec(flags) ?? [];
  const each = names.split(', ').map((name) => `Fl ${text(name.slice(1))}`);
  return `.It ${each.join(' , ')}${value === undefined ? '' : ` ${placeholder(value)}`}`;
}

function placeholder(name: string): string {
  return `Ar ${name.includes(' ') ? `"${text(name)}"` : text(name)}`;
}

function subcommands(program: CommandUnknownOpts): string[] {
  return [
    '.Sh COMMANDS',
    '.Bl -tag -width Ds',
    ...program.commands.flatMap((command) => [
      `.It Xr ${pageName(command)} 1`,
      typeset(command.summary()),
    ]),
    '.El',
  ];
}

function section({ title, entries }: (typeof INSTALLED)[number]): string[] {
  return [
    `.Sh ${title}`,
    '.Bl -tag -width Ds',
    ...entries.flatMap(([what, does]) => [`.It ${what}`, typeset(does)]),
    '.El',
  ];
}

function example({ does, typed }: { readonly does: string; readonly typed: string }): string[] {
  return [
    '.Pp',
    typeset(`${does.charAt(0).toUpperCase()}${does.slice(1)}:`),
    `.Dl $ ${text(typed)}`,
  ];
}

function seeAlso(command: CommandUnknownOpts): string[] {
  const { parent } = command;
  const others = parent
    ? [parent]
    : command.commands.filter((each) => ['exec', 'shell'].includes(each.name()));
  const ours = others.map((each) => [pageName(each), '1'] as const).sort();
  const kernel = [
    ['capabilities', '7'],
    ['cgroups', '7'],
    ['namespaces', '7'],
  ] as const;
  // mdoc's order: by section, then by name.
  const pages = [...ours, ...kernel];
  return pages.map(
    ([name, number], at) => `.Xr ${name} ${number}${at < pages.length - 1 ? ' ,' : ''}`,
  );
}

function paragraphs(all: readonly string[]): string[] {
  return all.flatMap((each, at) => [...(at > 0 ? ['.Pp'] : []), typeset(each)]);
}

/** Text with `code` in bold and <placeholders> in italics, one line a sentence. */
function typeset(words: string): string {
  return words
    .split(/(?<=[.;:]) (?=[A-Z`])/)
    .map((sentence) =>
      text(sentence)
        .replace(/`([^`]*)`/g, '\\fB$1\\fP')
        .replace(/<([^>]*)>/g, '\\fI$1\\fP')
        .replace(/(?<=^|\n)[.']/g, '\\&$&'),
    )
    .join('\n');
}

/** Escaped for roff: backslashes, ASCII hyphens, and non-ASCII characters. */
function text(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replace(/[^\0-\x7f]/gu, (character) => {
      const code = character.codePointAt(0) ?? 0;
      return `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`;
    });
}
