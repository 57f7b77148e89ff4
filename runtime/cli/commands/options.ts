// The arguments and options that `shell` and `explain` share, and the RunOptions they make.
import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { InvalidArgumentError } from '@commander-js/extra-typings';
import { pathOf } from '../../base/bytes.ts';
import { TerrariumError } from '../../base/errors.ts';
import { suggestion } from '../../config/suggest.ts';
import { joinFields, splitFields } from '../../options/mount-words.ts';
import type { NamespaceOption, RunOptions } from '../../options/options.ts';
import { type Io, onTerminal } from '../process/io.ts';
import { baseCommand, collect } from './base-command.ts';

/** A command with every option that says what the container shall be. */
export function containerCommand<Name extends string>(name: Name, summary: string, io: Io) {
  return fileOptions(limitOptions(baseCommand(name, summary, io)))
    .usage('<rootfs> <hostname> [options] [-- command [args...]]')
    .argument('<rootfs>', 'directory that becomes / inside')
    .argument('<hostname>', 'what `hostname` prints inside')
    .argument('[command...]', 'what to run instead of /bin/sh, after --')
    .optionsGroup('Namespaces and network:')
    .option(
      '--network <mode>',
      'veth (default), none, host, or ns:/run/netns/NAME to join one',
      parseNetwork,
    )
    .option('--ip <address>', "the container's address, 198.18.x.y/30 (default: a free one)")
    .option('--pid <namespace>', 'ns:PATH to join a PID namespace, or host', parseNamespace)
    .option('--uts <namespace>', 'ns:PATH to join a UTS namespace, or host', parseNamespace)
    .option('--ipc <namespace>', 'ns:PATH to join an IPC namespace, or host', parseNamespace)
    .option('--mount-ns <ns:path>', 'ns:PATH to join a mount namespace', parseJoin)
    .option(
      '--cgroup-ns <namespace>',
      'ns:PATH to join a cgroup namespace, or host',
      parseNamespace,
    )
    .optionsGroup('Process:')
    .option(
      '-e, --env <key=value>',
      "set a variable; KEY alone passes the caller's on (repeatable)",
      collect,
    )
    .option('-w, --workdir <dir>', 'directory inside to start in (default: /)')
    .option(
      '-u, --user <user>',
      'UID[:GID] or NAME[:GROUP] of the root file system (default: root)',
    )
    .option('-t, --tty', 'a terminal inside (default: when all three streams are on one)')
    .option('-T, --no-tty', 'no terminal inside')
    .option('-d, --detach', 'leave it running, and print its id')
    .option(
      '--log-max-size <size>',
      'with -d: bytes in the log before the next is begun; one older is kept (default: 16m)',
    )
    .option('--init', 'keep an init as PID 1 that reaps zombies and forwards signals')
    .optionsGroup('As it is anyway (docker’s words):')
    .option('-i, --interactive', 'standard input is the container’s, always')
    .option('--rm', 'remove it when it ends: always, but for --detach')
    .optionsGroup('Security:')
    .option(
      '--cap-add <capability>',
      'a capability beyond the usual 14, or ALL (repeatable)',
      collect,
    )
    .option('--cap-drop <capability>', 'a capability to go without, or ALL (repeatable)', collect)
    .option(
      '--security-opt <option>',
      'seccomp=unconfined, no-new-privileges=false, systempaths=unconfined (repeatable)',
      collect,
    )
    .optionsGroup('Options:')
    .option('-n, --name <name>', 'name of the container, unique on this host (default: made up)');
}

function fileOptions(command: ReturnType<typeof limitOptions>) {
  return command
    .optionsGroup('Files:')
    .option(
      '-v, --volume <src:dst[:ro]>',
      'show a host directory or file inside (repeatable)',
      collect,
    )
    .option(
      '--mount <words>',
      'type=bind,src=DIR,dst=DIR[,ro] or type=tmpfs,dst=DIR[,tmpfs-size=64m] (repeatable)',
      collect,
    )
    .option(
      '--tmpfs <dst[:opts]>',
      'an empty file system in memory, e.g. /tmp:size=64m (repeatable)',
      collect,
    )
    .option('--read-only', 'mount the root file system read-only');
}

/** The limits, which `update` takes too. */
export function limitOptions(command: ReturnType<typeof baseCommand>) {
  return command
    .optionsGroup('Limits:')
    .option(
      '-m, --memory <size>',
      'memory at most: 64m, 1.5g (swap is off unless --memory-swap is given)',
    )
    .option('--memory-swap <size>', 'memory and swap together at most; -1 for unlimited swap')
    .option('--cpus <number>', "processors' worth of time: 0.5 is half of one")
    .option('--cpu-shares <weight>', 'weight against others, 2 to 262144 (kernel default: 1024)')
    .option('--cpuset-cpus <list>', 'processors it may run on: 0-3,6')
    .option('--pids-limit <number>', 'processes and threads at most; -1 for no limit')
    .optionsGroup('Options:');
}

type ContainerFlags = ReturnType<ReturnType<typeof containerCommand>['opts']>;

/**
 * Relative paths become absolute here; everything else is for `configFrom` to judge. Absent flags
 * are absent fields.
 */
export function runOptionsFrom(
  rootfs: string,
  hostname: string,
  command: readonly string[],
  flags: ContainerFlags,
  io: Io,
): RunOptions {
  const { name, volume, mount, env, tty, interactive: _, rm, ...rest } = flags;
  if (rm && rest.detach)
    throw new TerrariumError('a detached container is not removed when it ends', {
      hint: 'leave out --rm; `terrarium delete ID` removes it',
    });
  return {
    ...rest,
    // An empty path would silently mean the working directory.
    rootfs: rootfs === '' ? '' : absolute(rootfs, io),
    hostname,
    command: command.length > 0 ? command : undefined,
    id: name,
    volumes: volume?.map((text) => absoluteSource(text, io)),
    mounts: mount?.map((text) => withAbsoluteSource(text, io)),
    env: callersEnvironment(env ?? [], io.env),
    terminal: tty ?? (!rest.detach && onTerminal(io)),
  };
}

/** The working directory may be gone, and is asked for only where it is needed. */
function absolute(path: string, io: Io): string {
  return isAbsolute(path) ? resolve(path) : resolve(io.cwd, path);
}

function absoluteSource(volume: string, io: Io): string {
  const [source, ...rest] = volume.split(':');
  return source ? [absolute(source, io), ...rest].join(':') : volume;
}

function withAbsoluteSource(mount: string, io: Io): string {
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
export function refuseNamedVolumes(volumes: readonly string[], io: Io): void {
  for (const volume of volumes) {
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
export function callersEnvironment(entries: readonly string[], environment: Io['env']): string[] {
  return entries.flatMap((entry) => {
    if (entry.includes('=') || entry === '') return entry;
    const value = environment[entry];
    return value === undefined ? [] : `${entry}=${value}`;
  });
}

function parseJoin(text: string): `ns:${string}` {
  if (text.startsWith('ns:')) return `ns:${text.slice(3)}`;
  throw new InvalidArgumentError(
    text.startsWith('/') ? `did you mean ns:${text}?` : 'it is written ns:PATH',
  );
}

function parseNamespace(text: string): NamespaceOption {
  return text === 'host' ? text : parseJoin(text);
}

function parseNetwork(text: string): RunOptions['network'] {
  if (text === 'veth' || text === 'none' || text === 'host') return text;
  const meant = suggestion(text, ['veth', 'none', 'host']);
  if (meant !== undefined) throw new InvalidArgumentError(meant);
  return parseJoin(text);
}
