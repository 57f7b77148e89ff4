// The error for an init that exited without executing the command or reporting a failed step.
import { TerrariumError } from '../../base/errors.ts';
import { errnoMeaning, errnoName } from '../../native/errno.ts';
import { exhaustionHint } from '../../native/exhausted.ts';
import { type Call, INIT_EXIT } from '../../native/protocol.ts';
import type { InitFailed } from './child.ts';

/** How a process ended: its status, or the signal that ended it. */
export interface Ended {
  readonly code: number | null;
  readonly signal: number | null;
}

/** Plus an errno: that of sendmsg(2). */
const UNSENT = INIT_EXIT.unsent;
/** In place of a system call: the init found its message damaged. */
const CHECK: Call = 'check';
const SIGKILL = 9;
/** seccomp(2), SECCOMP_RET_KILL_PROCESS; ours is in force only after the last operation. */
export const SIGSYS = 31;
/** The signals of a fault in the init itself: SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGSEGV. */
const FAULTS: readonly number[] = [4, 5, 6, 7, 11];
const REPORT = 'this is a fault in Terrarium: please report it with this line';

export interface InitEnd {
  /** The failed call that the init reported, if any. */
  readonly failed: InitFailed | undefined;
  readonly ended: Ended;
  /** Of the container. */
  readonly memoryLimitBytes?: number | undefined;
}

/** The error that names the cause: a call and its errno, a signal, or an exit status. */
export function initEnded({ failed, ended, memoryLimitBytes }: InitEnd): TerrariumError {
  const call = failed ?? unsent(ended);
  if (call?.syscall === CHECK)
    return new TerrariumError('the init refused its message: EINVAL, invalid argument', {
      hint: REPORT,
    });
  if (call) {
    const { syscall, errno } = call;
    return new TerrariumError(
      `the init could not start: ${syscall}: ${errnoName(errno)}, ${errnoMeaning(errno)}`,
      { hint: exhaustionHint(errno, syscall) },
    );
  }
  const { code, signal } = ended;
  const how =
    signal !== null ? `by signal ${signal}` : code !== null ? `with status ${code}` : 'unseen';
  return new TerrariumError(`the init ended ${how} before the command could be executed`, {
    hint: signal === null ? undefined : signalHint(signal, memoryLimitBytes),
  });
}

function unsent({ code }: Ended): InitFailed | undefined {
  return code !== null && code > UNSENT ? { syscall: 'sendmsg', errno: code - UNSENT } : undefined;
}

function signalHint(signal: number, memoryLimitBytes: number | undefined): string | undefined {
  if (FAULTS.includes(signal)) return REPORT;
  if (signal === SIGSYS)
    return 'a filter over the runtime forbids one of its system calls, as SystemCallFilter= of a service: allow @system-service, @mount, @privileged and clone3 there';
  if (signal !== SIGKILL || memoryLimitBytes === undefined) return undefined;
  return `the memory limit of ${memoryLimitBytes} bytes may be too low even for setting up: raise --memory`;
}
