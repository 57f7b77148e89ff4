// The errors of a start: which step of the plan failed, or why the init does not answer.
import { HostError, TerrariumError } from '../base/errors.ts';
import type { WriteOp } from '../cgroups/controllers/controller.ts';
import { readIfThere } from '../cgroups/files.ts';
import { stepError } from '../diagnose/step-error.ts';
import type { CallFailure } from '../native/addon.ts';
import { systemFailure } from '../native/errno.ts';
import { CallError, exhaustionHint } from '../native/exhausted.ts';
import { READ_BACK, type Result } from '../native/records.ts';
import type { FileOp } from '../native/wire.ts';
import { planRows } from '../plan/describe.ts';
import type { ExecuteOptions } from './execute.ts';
import { fileOps } from './operations/files.ts';
import { type Child, ENDED, type StepFailure } from './spawn/child.ts';
import { readExitRecord } from './spawn/exit-record.ts';
import { initEnded } from './spawn/init-ended.ts';

type Planned = Pick<ExecuteOptions, 'plan' | 'config' | 'facts'>;

/** `index`: of all steps of the plan. */
export function startStepError(
  { plan, config, facts }: Planned,
  index: number,
  { errno, syscall }: CallFailure,
  cause?: unknown,
): Error {
  const rows = planRows(plan);
  const row = rows[index];
  if (!row)
    return new TerrariumError(`the init reported an operation that is not in the plan: ${index}`);
  const { operation, phase } = row;
  return stepError(
    { operation, phase, index, steps: rows.length, errno, syscall, cause },
    config,
    facts,
  );
}

/** A failed step of the init: its index counts the init's operations. */
export function initStepError(options: Planned, failed: StepFailure): Error {
  const { host, link } = options.plan;
  return startStepError(options, host.length + 1 + link.length + failed.index, failed);
}

/** A system call's error, as that of the step; any other as it is. */
export function explained(options: Planned, index: number, error: unknown): unknown {
  const system = systemFailure(error);
  return system ? startStepError(options, index, system, error) : error;
}

/** An operation of the addon's: its index counts the file operations. */
export function fileError(options: Planned, failed: StepFailure): Error {
  const file = fileOps(options.plan)[failed.index];
  if (failed.syscall === READ_BACK && file?.op.kind === 'write') return keepsAnother(file.op);
  return startStepError(options, file?.index ?? -1, failed);
}

/** A limit of the plan, or of an update. */
export function limitError(options: Planned, failed: Result, limit: WriteOp): Error {
  const index = fileOps(options.plan).findIndex(
    ({ op }) => op.kind === 'write' && op.path === limit.path,
  );
  if (index >= 0) return fileError(options, { ...failed, index });
  if (failed.syscall === READ_BACK) return keepsAnother(limit);
  const cause = new CallError(failed);
  return new HostError('limit', `${limit.path} cannot be set: ${cause.message}`, { cause });
}

function keepsAnother({ path, readBack }: Extract<FileOp, { kind: 'write' }>): HostError {
  return new HostError(
    'limit',
    `the kernel keeps ${readIfThere(path)} in ${path} where ${readBack} was asked for`,
    {
      hint: 'a limit of a parent group may be lower, or the kernel does not support this one',
    },
  );
}

/** The socket to the init failed, and with it the start. */
export function unheard({ errno, syscall }: CallFailure): Error {
  const call = new CallError({ errno, syscall });
  const hint = exhaustionHint(errno, syscall);
  return new TerrariumError(`the init cannot be talked to: ${call.message}`, {
    hint,
    cause: call,
  });
}

/** The init ended without an answer. */
export async function initDied(
  { config, log, exitFd }: Pick<ExecuteOptions, 'config' | 'log' | 'exitFd'>,
  child: Child,
): Promise<Error> {
  const exit = await child.exit;
  return initEnded({
    failed: child.initFailed,
    // The child is a detached container's watcher, which recorded the exit of the init.
    ended: log && (await child.firstPid) !== ENDED ? readExitRecord(exitFd) : exit,
    memoryLimitBytes: config.resources.memoryLimitBytes,
  });
}
