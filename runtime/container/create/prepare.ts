// From options to a plan: reads the host once, looks at the root file system, picks an address.
import { randomBytes } from 'node:crypto';
import { decodeBytes, textOf } from '../../base/bytes.ts';
import { HostError } from '../../base/errors.ts';
import type { Config } from '../../config/config.ts';
import { stateRoot } from '../../execute/journal/state-directory.ts';
import type { HostFacts } from '../../host/facts.ts';
import { ownVariable } from '../../host/process/invocation.ts';
import { readHostFacts } from '../../host/read.ts';
import { kernelFeatures } from '../../native/addon.ts';
import { candidateSlots } from '../../network/addresses.ts';
import { configFrom } from '../../options/config-from.ts';
import type { RunOptions } from '../../options/index.ts';
import type { UserDatabase } from '../../options/users.ts';
import { type Planned, plan } from '../../plan/plan.ts';
import { LinesInRoot } from '../../rootfs/lines.ts';
import { readInRoot } from '../../rootfs/probe.ts';
import { withHidden } from '../state/hidden.ts';
import { refuseHostsOwn, requireRootfs } from './inspect.ts';
import { callersFileSize, callersOpenFiles } from './open-files.ts';
import { withPlacement } from './placement.ts';

export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

/** What a caller adds to the options of the container itself. */
export interface PrepareOptions {
  /** Size of the terminal, if there is one. Default: 80 by 24. */
  readonly windowSize?: WindowSize | undefined;
  /**
   * false: wait for `start()` with everything done but the execution (OCI create). Default: true.
   */
  readonly start?: boolean | undefined;
}

export interface Prepared extends Planned {
  readonly config: Config;
  readonly facts: HostFacts;
}

const STANDARD_SIZE: WindowSize = { columns: 80, rows: 24 };

let known: HostFacts | undefined;

/**
 * Read once a process: of what changes under a running host a failed start takes note
 * (`forgetHostFacts`, cgroups/enable-again.ts).
 */
export function hostFacts(): HostFacts {
  known ??= withPlacement(withHidden(readHostFacts()));
  return known;
}

/** Adds the facts that need the addon. @throws HostError without the addon. */
function factsForPlan(): HostFacts {
  const facts = hostFacts();
  known = facts.features ? facts : { ...facts, features: kernelFeatures() };
  return known;
}

/** They are read anew when they are asked for next. */
export function forgetHostFacts(): void {
  known = undefined;
}

/** @throws ConfigError listing every wrong field. */
export function configure(options: RunOptions): Config {
  const id = options.id ?? newId();
  const named = options.user !== undefined;
  // What it is has not been looked at yet.
  const { rootfs } = options;
  const given = typeof rootfs === 'string' || rootfs instanceof Uint8Array;
  const users = named && given ? usersOf(textOf(rootfs)) : undefined;
  const config = configFrom(options, hostFacts(), {
    id,
    users,
    term: ownVariable('TERM'),
    openFiles: callersOpenFiles(),
    fileSize: callersFileSize(),
  });
  requireRootfs(config.root.path);
  refuseHostsOwn(config, hostFacts().hostname);
  return config;
}

const ID_BYTES = 6;
const IDS_AT_ONCE = 16;
let ids = '';

/** A draw of 6 bytes costs as much as one of 96: 30 µs. */
function newId(): string {
  if (ids === '') ids = randomBytes(ID_BYTES * IDS_AT_ONCE).toString('hex');
  const id = ids.slice(0, ID_BYTES * 2);
  ids = ids.slice(ID_BYTES * 2);
  return id;
}

/** The plan for the `attempt`th address of the id's own sequence. */
export function prepare(
  config: Config,
  { windowSize, start }: PrepareOptions,
  attempt = 0,
): Prepared {
  const facts = factsForPlan();
  const slot = () => candidateSlots(config.id).drop(attempt).next().value ?? 0;
  const terminal = config.process.terminal ? (windowSize ?? STANDARD_SIZE) : undefined;
  return {
    config,
    facts,
    ...plan(config, facts, {
      stateRoot: stateRoot(),
      slot,
      terminal,
      awaitStart: start === false,
      hostsOfHost,
    }),
  };
}

/** The plan of these options; nothing is performed. */
export function planFor(options: RunOptions & PrepareOptions): Prepared {
  const { windowSize, start, ...rest } = options;
  return prepare(configure(rest), { windowSize, start });
}

/** @throws HostError naming what is missing. */
export function requireRoot(): void {
  if (hostFacts().euid === 0) return;
  throw new HostError('root', 'making namespaces and cgroups needs root', {
    hint: 'run it with sudo',
  });
}

/** The accounts of a root file system. */
export function usersOf(rootfs: string): UserDatabase {
  return {
    passwd: new LinesInRoot(rootfs, '/etc/passwd'),
    group: new LinesInRoot(rootfs, '/etc/group'),
  };
}

/** Whatever an administrator has put there, some MB at most: it is copied for each container. */
const LARGEST_HOSTS = 4 << 20;

function hostsOfHost(): string {
  return decodeBytes(readInRoot('/', '/etc/hosts', LARGEST_HOSTS) ?? new Uint8Array());
}
