// The arguments and options that `shell` and `explain` share, and the RunOptions they make.
import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { type CommandUnknownOpts, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { pathOf } from '../../base/bytes.ts';
import { TerrariumError } from '../../base/errors.ts';
import { type Given, OPTIONS, type RunOptions, shaped } from '../../options/index.ts';
import { LIMIT_OPTIONS } from '../../options/limits.ts';
import { joinFields, splitFields } from '../../options/mount-words.ts';
import { type Flag, HEADINGS, type Operand } from '../../options/option.ts';
import { type Io, onTerminal } from '../process/io.ts';
import { baseCommand, collect } from './base-command.ts';

/** Flags that choose nothing: docker's words for what is so anyway. */
const WITHOUT_EFFECT: readonly Flag[] = [
  {
    flag: '-i, --interactive',
    help: 'standard input is the container’s, always',
    heading: 'As it is anyway (docker’s words):',
  },
  {
    flag: '--rm',
    help: 'remove it when it ends: always, but for --detach',
    heading: 'As it is anyway (docker’s words):',
  },
];

/** A command that takes every option of a container. */
export function containerCommand<Name extends string>(name: Name, summary: string, io: Io) {
  const { rootfs, hostname, command } = OPTIONS;
  const declared = baseCommand(name, summary, io)
    .usage('<rootfs> <hostname> [options] [-- command [args...]]')
    .argument(rootfs.declared.operand, rootfs.declared.help)
    .argument(hostname.declared.operand, hostname.declared.help)
    .argument(command.declared.operand, command.declared.help);
  const without = WITHOUT_EFFECT.map((flag): NamedFlag => [undefined, flag]);
  addFlags(declared, [...flagsOf(OPTIONS), ...without]);
  return declared.optionsGroup('Options:');
}

/** The limits, which `update` takes too. */
export function addLimits(command: Command): void {
  addFlags(command, flagsOf(LIMIT_OPTIONS));
  command.optionsGroup('Options:');
}

/** What `exec` takes of a container's options: their values are those of the one process. */
export function addExecFlags(command: Command): void {
  for (const [field, { exec, ...flag }] of flagsOf(OPTIONS)) {
    if (exec === undefined) continue;
    addFlag(command, field, { ...flag, help: exec === true ? flag.help : exec }, undefined);
  }
}

/** A flag, and the field that it sets; undefined for a flag of its own name. */
type NamedFlag = readonly [field: string | undefined, flag: Flag];

/** Commander's, whatever its own options and arguments are. */
type Command = Pick<CommandUnknownOpts, 'addOption' | 'optionsGroup'>;

function flagsOf(options: Readonly<Record<string, { declared: Flag | Operand }>>): NamedFlag[] {
  return Object.entries(options).flatMap(([field, { declared }]): NamedFlag[] =>
    'flag' in declared ? [[field, declared]] : [],
  );
}

/** In the order of the help. */
function addFlags(command: Command, flags: readonly NamedFlag[]): void {
  for (const heading of HEADINGS) {
    const members = flags
      .filter(([, flag]) => flag.heading === heading)
      .toSorted(([, { place: a = 0 }], [, { place: b = 0 }]) => a - b);
    for (const [field, flag] of members) addFlag(command, field, flag, heading);
  }
}

function addFlag(
  command: Command,
  field: string | undefined,
  { flag, help, repeatable, refuse, opposite }: Flag,
  heading: string | undefined,
): void {
  const option = new FieldOption(flag, help, field);
  if (repeatable) option.argParser(collect);
  if (refuse)
    option.argParser((word) => {
      const hint = refuse(word);
      if (hint !== undefined) throw new InvalidArgumentError(hint);
      return word;
    });
  const both = opposite ? [option, new FieldOption(opposite.flag, opposite.help, field)] : [option];
  for (const each of both)
    command.addOption(heading === undefined ? each : each.helpGroup(heading));
}

/** An option whose value is found under the name of its field: `--volume` sets `volumes`. */
class FieldOption extends Option<string> {
  readonly #field: string | undefined;

  constructor(flag: string, help: string, field: string | undefined) {
    super(flag, help);
    this.#field = field;
  }

  override attributeName(): string {
    return this.#field ?? super.attributeName();
  }
}

/**
 * Relative paths become absolute here; everything else is for `configFrom` to judge. Absent flags
 * are absent fields.
 */
export function runOptionsFrom(
  rootfs: string,
  hostname: string,
  command: readonly string[],
  flags: object,
  io: Io,
): RunOptions {
  const given = shaped(flags);
  const { detach, terminal, volumes, mounts } = given;
  if ('rm' in flags && detach)
    throw new TerrariumError('a detached container is not removed when it ends', {
      hint: 'leave out --rm; `terrarium delete ID` removes it',
    });
  return {
    ...given,
    // An empty path would silently mean the working directory.
    rootfs: rootfs === '' ? '' : absolute(rootfs, io),
    hostname,
    command: command.length > 0 ? command : undefined,
    volumes: volumes?.map((volume) => absoluteSource(volume, io)),
    mounts: mounts?.map((mount) => withAbsoluteSource(mount, io)),
    env: callersEnvironment(given, io.env),
    terminal: terminal ?? (!detach && onTerminal(io)),
  };
}

/** The working directory may be gone, and is asked for only where it is needed. */
function absolute(path: string, io: Io): string {
  return isAbsolute(path) ? resolve(path) : resolve(io.cwd, path);
}

function absoluteSource<T>(volume: T, io: Io): T | string {
  if (typeof volume !== 'string') return volume;
  const [source, ...rest] = volume.split(':');
  return source ? [absolute(source, io), ...rest].join(':') : volume;
}

function withAbsoluteSource<T>(mount: T, io: Io): T | string {
  if (typeof mount !== 'string') return mount;
  const fields = splitFields(mount);
  if ('problem' in fields) return mount;
  return joinFields(
    fields.value.map((field) => {
      const [, key = '', path] = /^(src=|source=)(.+)$/is.exec(field) ?? [];
      return path === undefined ? field : `${key}${absolute(path, io)}`;
    }),
  );
}

/** A word alone is a named volume to docker; here it is a directory, which has to be there. */
export function refuseNamedVolumes(flags: object, io: Io): void {
  for (const volume of shaped(flags).volumes ?? []) {
    if (typeof volume !== 'string') continue;
    const [source = ''] = volume.split(':', 1);
    if (!/^[a-zA-Z0-9][\w.-]*$/.test(source) || source === volume) continue;
    const path = absolute(source, io);
    if (!existsSync(pathOf(path)))
      throw new TerrariumError(`--volume ${volume}: there is no ${path}`, {
        hint: `there are no named volumes: \`mkdir ${source}\` makes a directory to show inside`,
      });
  }
}

/** `KEY` alone is the caller's value of it, and nothing if the caller has none (docker's rule). */
export function callersEnvironment({ env }: Given, environment: Io['env']): string[] {
  const entries = Array.isArray(env) ? env : [];
  return entries.flatMap((entry) => {
    if (entry.includes('=') || entry === '') return entry;
    const value = environment[entry];
    return value === undefined ? [] : `${entry}=${value}`;
  });
}
