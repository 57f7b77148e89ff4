// RunOptions, as a caller wrote them, to the Config that is planned: everything is looked at, and
// every wrong field is named.
import { resolveCapabilities } from '../config/capabilities.ts';
import type { Config, Rlimit } from '../config/config.ts';
import { DEFAULT_DEVICES, defaultMounts } from '../config/defaults.ts';
import { collectProblems } from '../config/problems.ts';
import type { HostFacts } from '../host/facts.ts';
import { readIdentity } from './identity.ts';
import { type RunOptions, readShape } from './index.ts';
import { readLifetime } from './lifetime.ts';
import { parseLimits } from './limits.ts';
import { mergeMounts, parseMounts } from './mounts.ts';
import { parseNamespaces } from './namespaces.ts';
import { readProcess } from './process.ts';
import { parseSecurity } from './security.ts';
import { parseUser, type UserDatabase } from './users.ts';

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
  const { rootfs, hostname, id } = readIdentity(given, context.id, problems);
  const { namespaces, network } = parseNamespaces({ ...given, hostname }, host, problems);
  const { noNewPrivileges, ...protections } = parseSecurity(given.securityOpt ?? [], problems);
  const resources = parseLimits(given, host, problems);
  const mounts = parseMounts(given, problems);
  const user = given.user ?? '0';
  const who = problems.accept('user', user, parseUser(user, context.users ?? {}));
  const process = readProcess(given, hostname ?? '', who, context.term, problems);
  const capabilities = resolveCapabilities(given.capAdd ?? [], given.capDrop ?? [], host, problems);
  const lifetime = readLifetime(given, problems);
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
      noNewPrivileges,
      rlimits: rlimitsFrom(context),
    },
    mounts: mergeMounts(defaultMounts(namespaces, host.cgroup.mode), mounts),
    devices: DEFAULT_DEVICES,
    namespaces,
    network,
    resources,
    ...protections,
    ...lifetime,
  };
}

function rlimitsFrom({ openFiles = OPEN_FILES, fileSize }: ConfigContext): Rlimit[] {
  return [{ type: 'RLIMIT_NOFILE', soft: openFiles }, ...(fileSize ? [fileSize] : [])];
}
