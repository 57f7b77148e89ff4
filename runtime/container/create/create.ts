// Makes a container: claims its id, performs its plan, and hands out what its maker holds of it.
import { closeSync, constants, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { KernelOpError, TerrariumError } from '../../base/errors.ts';
import { givenLimits } from '../../cgroups/lost.ts';
import { type Executed, type ExecuteOptions, execute, undosOf } from '../../execute/execute.ts';
import { ClaimTaken } from '../../execute/journal/claim.ts';
import {
  JOURNAL_VERSION,
  Journal,
  type JournalHead,
  removeState,
  stateFiles,
} from '../../execute/journal/journal.ts';
import { createFresh, stateRoot } from '../../execute/journal/state-directory.ts';
import { stateUnwritable } from '../../execute/journal/unwritable.ts';
import { PlacementError } from '../../execute/operations/scope.ts';
import { reserveExitRecord } from '../../execute/spawn/exit-record.ts';
import { yieldToEventLoop } from '../../execute/spawn/spawn.ts';
import { identityOf } from '../../host/process/process.ts';
import { ownWorld } from '../../host/process/world.ts';
import { exhaustedResource } from '../../native/exhausted.ts';
import type { RunOptions } from '../../options/index.ts';
import type { Plan, Undo } from '../../plan/operations.ts';
import type { CallOptions } from '../call/call.ts';
import { checked, requireObject } from '../call/check.ts';
import {
  closeEnds,
  openLog,
  openStdio,
  type PipeEnds,
  type StdioOption,
} from '../streams/stdio.ts';
import { doWithoutScopes } from './placement.ts';
import {
  configure,
  forgetHostFacts,
  type Prepared,
  type PrepareOptions,
  prepare,
  requireRoot,
} from './prepare.ts';

export interface CreateOptions<S extends StdioOption = StdioOption>
  extends RunOptions,
    PrepareOptions {
  /** Its standard streams: a word for all three, or an entry each. Default: `inherit`. */
  readonly stdio?: S | undefined;
  /**
   * Ends the making: what was made by then is undone, and the call rejects with the signal's
   * reason. Once the container is made it has no effect.
   */
  readonly signal?: AbortSignal | undefined;
}

/** What the maker of a container has of it, beyond what is on disk. */
export interface CreatedContainer extends Executed {
  readonly prepared: Prepared;
  readonly journal: Journal;
  readonly undos: readonly Undo[];
  /** The receiver's to close. */
  readonly ends: PipeEnds | undefined;
}

/** As for `execute`; `call`: what a verb that waits for the end has been given beside `options`. */
interface How extends Pick<ExecuteOptions, 'batched' | 'exitActions'> {
  readonly call?: CallOptions;
}

/** A unit's group, then a scope: how many places systemd may refuse until we do without it. */
const PLACES = 2;
/** How many addresses to try that were taken between look-up and claim. */
const ATTEMPTS = 64;

/** @throws what `execute` and `configure` throw; nothing is left then. */
export async function make(options: CreateOptions, how: How = {}): Promise<CreatedContainer> {
  try {
    return await makeAt(options, how);
  } catch (error) {
    throw exhaustedResource(error) ?? error;
  }
}

async function makeAt(options: CreateOptions, { call, ...how }: How): Promise<CreatedContainer> {
  requireObject(options, 'at least { rootfs, hostname }');
  const { stdio = 'inherit', windowSize, start, signal, ...rest } = options;
  requireRoot();
  const config = checked(call ? { ...options, ...call } : options, () => configure(rest));
  let refusedPlaces = 0;
  for (let attempt = 0; ; attempt++) {
    await yieldToEventLoop();
    signal?.throwIfAborted();
    const prepared = prepare(config, { windowSize, start }, attempt);
    await yieldToEventLoop();
    try {
      return await perform(prepared, stdio, { awaitStart: start === false, signal, ...how });
    } catch (error) {
      if (error instanceof PlacementError && refusedPlaces < PLACES) {
        refusedPlaces++;
        if (error.kind === 'scope') doWithoutScopes(error);
        forgetHostFacts();
        continue;
      }
      // An address that was asked for is not exchanged for another.
      const free = config.network.mode === 'veth' && config.network.address === undefined;
      if (!(addressTaken(error, prepared.plan) && free && attempt < ATTEMPTS)) throw error;
    }
  }
}

/**
 * By a claim, or by a link with its numbers: of a runtime whose claims are in another state
 * directory, or of a program that makes none.
 */
export function addressTaken(error: unknown, { link }: Plan): boolean {
  if (error instanceof ClaimTaken) return true;
  if (
    !(error instanceof KernelOpError) ||
    error.fields.phase !== 'link' ||
    error.fields.code !== 'EEXIST'
  )
    return false;
  // With its name it would be one that is in the way of every address.
  return !link.some(({ name }) => existsSync(`/sys/class/net/${name}`));
}

/** Performs a plan that was prepared. @throws what `execute` throws; nothing is left then. */
export async function perform(
  prepared: Prepared,
  stdio: StdioOption,
  how: Pick<ExecuteOptions, 'awaitStart' | 'batched' | 'exitActions' | 'signal'>,
): Promise<CreatedContainer> {
  const { config, facts, plan } = prepared;
  const undos = undosOf(plan);
  let begun: Journal | undefined;
  const journal = () => {
    begun ??= Journal.create(stateRoot(), headOf(prepared, undos));
    return begun;
  };
  let exitFd = -1;
  let ends: PipeEnds | undefined;
  try {
    using streams = config.detach ? openLog(stateFiles(journal().base).log) : openStdio(stdio);
    ends = streams.ends;
    if (config.detach) exitFd = createExitFile(stateFiles(journal().base).exit);
    const executed = await execute({
      plan,
      config,
      facts,
      journal,
      stdio: streams.descriptors,
      exitFd,
      log: config.detach
        ? { path: resolve(stateFiles(journal().base).log), maxBytes: config.logMaxBytes }
        : undefined,
      ...how,
    });
    return { ...executed, prepared, journal: journal(), undos, ends };
  } catch (error) {
    closeEnds(ends);
    begun?.close();
    // What could not be undone stays in the journal, for gc.
    if (begun && !(error instanceof TerrariumError && error.cleanupErrors.length > 0))
      removeState(begun.base);
    throw error;
  } finally {
    if (exitFd >= 0) closeSync(exitFd);
  }
}

function createExitFile(file: string): number {
  const fd = createFresh(file, constants.O_RDWR);
  try {
    reserveExitRecord(fd);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw stateUnwritable(stateRoot(), error);
  }
}

function headOf({ config, plan }: Prepared, undo: readonly Undo[]): JournalHead {
  const { process: workload, namespaces } = config;
  return {
    version: JOURNAL_VERSION,
    world: ownWorld(plan.cgroups.directories.map(({ root }) => root)),
    id: config.id,
    createdAt: new Date().toISOString(),
    runtime: ourselves(),
    hostname: config.hostname,
    rootfs: config.root.path,
    command: workload.args,
    env: workload.env,
    user: workload.user,
    cwd: workload.cwd,
    umask: workload.umask,
    rlimits: workload.rlimits,
    address: plan.link[0]?.peerAddress,
    namespaces: namespaces.map(({ type }) => type),
    capabilities: workload.capabilities,
    noNewPrivileges: workload.noNewPrivileges,
    seccomp: config.seccomp,
    cgroups: plan.cgroups,
    given: plan.cgroups.mode === 'v2' ? givenLimits(plan.host) : undefined,
    ownPids: namespaces.some(({ type, path }) => type === 'pid' && path === undefined),
    detach: config.detach,
    undo,
  };
}

let identity: JournalHead['runtime'] | undefined;

function ourselves(): JournalHead['runtime'] {
  identity ??= identityOf(process.pid) ?? { pid: process.pid, startTime: '' };
  return identity;
}
