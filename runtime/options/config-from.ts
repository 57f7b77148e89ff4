// RunOptions, as a caller wrote them, to the Config that is planned: everything is looked at, and
// every wrong field is named.

import { resolveCapabilities } from '../config/capabilities.ts';
import type { Config, Rlimit } from '../config/config.ts';
import { DEFAULT_DEVICES, DEFAULT_PATH, defaultMounts, defaultPrompt } from '../config/defaults.ts';
import { parsePath } from '../config/paths.ts';
import { collectProblems, type Parsed, type Problems } from '../config/problems.ts';
import { LOG_MAX_BYTES, parseLogMaxSize } from '../config/units.ts';
import type { HostFacts } from '../host/facts.ts';
import { parseHostname, parseId } from './identity.ts';
import { parseLimits } from './limits.ts';
import { mergeMounts, parseMounts } from './mounts.ts';
import { parseNamespaces } from './namespaces.ts';
import type { RunOptions } from './options.ts';
import { parseCommand, parseEnvironment, parseWorkdir } from './process.ts';
import { parseSecurity } from './security.ts';
import { type Given, readShape } from './shape.ts';
import { parseUser, type ResolvedUser, type UserDatabase } from './users.ts';

/** What `configFrom` cannot know by itself, being pure. */
export interface ConfigContext {
  /** The id to use when the options give none. */
  readonly id: string;
  /** The root file system's /etc/passwd and /etc/group. */
  readonly users?: UserDatabase | undefined;
  /** TERM of the caller, for a container with a terminal. */
  readonly term?: string | undefined;
  /**
   * The caller's soft limit of open files, before this runtime's host raised it. Default: the
   * kernel's 1024.
   */
  readonly openFiles?: number | undefined;
  /** The caller's limit of a file's size. Default: this process's own. */
  readonly fileSize?: Rlimit | undefined;
}

/**
 * INR_OPEN_CUR of linux/fs.h: select(2) ends there, and some programs go through all that they may
 * open.
 */
const OPEN_FILES = 1024;

/**
 * The Config for these options on this host, with nothing left open. Pure: paths are not looked up,
 * so whether the root file system is one is for others to say.
 *
 * @throws ConfigError listing every wrong field: its path, the value it got, what is wrong, what
 * would be right.
 */
export function configFrom(options: RunOptions, host: HostFacts, context: ConfigContext): Config {
  const problems = collectProblems();
  const given = readShape(options, problems);
  const rootfs =
    given.rootfs === undefined
      ? undefined
      : problems.accept('rootfs', given.rootfs, parseRootfs(given.rootfs));
  const hostname =
    given.hostname === undefined
      ? undefined
      : problems.accept('hostname', given.hostname, parseHostname(given.hostname));
  const id = problems.accept('id', given.id ?? context.id, parseId(given.id ?? context.id));
  const { namespaces, network } = parseNamespaces({ ...given, hostname }, host, problems);
  const protections = parseSecurity(given.securityOpt ?? [], problems);
  const resources = parseLimits(given, host, problems);
  const mounts = parseMounts(given, problems);
  const who = problems.accept(
    'user',
    given.user ?? '0',
    parseUser(given.user ?? '0', context.users ?? {}),
  );
  const process = parseProcess(given, hostname ?? '', who, context, problems);
  const capabilities = resolveCapabilities(given.capAdd ?? [], given.capDrop ?? [], host, problems);
  const logMaxBytes =
    given.logMaxSize === undefined
      ? LOG_MAX_BYTES
      : (problems.accept('logMaxSize', given.logMaxSize, parseLogMaxSize(given.logMaxSize)) ?? 0);
  if (given.logMaxSize !== undefined && !given.detach) {
    problems.add(
      'logMaxSize',
      given.logMaxSize,
      'is for the log of a detached container',
      'add detach, or leave it out: others write to where they were started',
    );
  }
  if (given.detach && given.terminal) {
    problems.add(
      'terminal',
      true,
      'needs somebody to hold its other end, and a detached container has nobody',
      'leave out one of detach and terminal',
    );
  }
  if (
    problems.list.length > 0 ||
    rootfs === undefined ||
    hostname === undefined ||
    id === undefined ||
    who === undefined
  )
    throw problems.error();
  return {
    id,
    hostname,
    root: { path: rootfs, readonly: given.readOnly ?? false },
    process: {
      ...process,
      user: who.user,
      terminal: given.terminal ?? false,
      capabilities,
      noNewPrivileges: protections.noNewPrivileges,
      rlimits: rlimitsFrom(context),
    },
    mounts: mergeMounts(defaultMounts(namespaces, host.cgroup.mode), mounts),
    devices: DEFAULT_DEVICES,
    namespaces,
    network,
    resources,
    maskedPaths: protections.maskedPaths,
    readonlyPaths: protections.readonlyPaths,
    seccomp: protections.seccomp,
    init: given.init ?? false,
    detach: given.detach ?? false,
    logMaxBytes,
  };
}

function rlimitsFrom({ openFiles = OPEN_FILES, fileSize }: ConfigContext): Rlimit[] {
  return [{ type: 'RLIMIT_NOFILE', soft: openFiles }, ...(fileSize ? [fileSize] : [])];
}

function parseRootfs(path: string): Parsed<string> {
  const parsed = parsePath(path, 'on the host');
  if ('problem' in parsed || parsed.value !== '/') return parsed;
  return {
    problem: "is the host's own root",
    hint: 'a container on it would see every file of the host; give the directory of a root file system',
  };
}

function parseProcess(
  given: Given,
  hostname: string,
  who: ResolvedUser | undefined,
  context: ConfigContext,
  problems: Problems,
) {
  const { name, home, user } = who ?? { name: 'root', home: '/root', user: { uid: 0 } };
  const onTerminal = {
    TERM: context.term || 'xterm',
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
