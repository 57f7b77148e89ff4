// A container from beginning to end, in one call.
import { closeSync } from 'node:fs';
import { oomKills } from '../cgroups/stats.ts';
import type { Plan, Trace } from '../plan/operations.ts';
import { type CreateOptions, type Made, make } from './create.ts';
import { remove, withoutLinks } from './remove.ts';
import { type ExitStatus, exitStatus } from './state.ts';

export interface RunOptions extends Omit<CreateOptions, 'start'> {
  /** Ends the container; `run` then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface RunResult extends ExitStatus {
  readonly id: string;
  /** Whether the kernel ended a process of it at its memory limit. */
  readonly oomKilled: boolean;
  /** User and system time of its first process and what that waited for, microseconds. */
  readonly cpuTimeUs: number;
  readonly plan: Plan;
  /** Of the plan's operations, in its order. */
  readonly trace: Trace;
  readonly warnings: readonly string[];
}

/** A container from beginning to end: create, start, wait, delete. @throws as `createContainer`, and the reason of an aborted `signal`. */
export async function run({ signal, ...options }: RunOptions): Promise<RunResult> {
  signal?.throwIfAborted();
  return endOf(await make(options, true), signal);
}

/** Waits for the end of one that is running, and takes everything of it away. @throws the reason of an aborted `signal`. */
export async function endOf(made: Made, signal: AbortSignal | undefined): Promise<RunResult> {
  const abort = () => made.birth.kill();
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  const { config } = made.prepared;
  const exit = await made.birth.exit;
  signal?.removeEventListener('abort', abort);
  const oomKilled = config.resources.memoryLimitBytes !== undefined && oomKills(config.id, made.prepared.facts.cgroup) > 0;
  if (made.birth.terminal !== undefined) closeSync(made.birth.terminal);
  await remove(config.id, withoutLinks(made.undos), made.journal);
  signal?.throwIfAborted();
  return {
    id: config.id,
    ...exitStatus(exit.code, exit.signal),
    oomKilled,
    cpuTimeUs: exit.cpuTimeUs,
    plan: made.prepared.plan,
    // Made of what the init reported when somebody asks: most callers do not.
    get trace() {
      return made.trace();
    },
    warnings: made.prepared.warnings,
  };
}
