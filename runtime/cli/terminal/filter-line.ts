// The line on the terminal when the system-call filter has ended a program: the kernel itself only
// says SIGSYS.
import type { ExitStatus } from '../../container/state/state.ts';

const SIGSYS = 31;

/**
 * The filter answers what it refuses with an error, and kills for one thing only: a call of another
 * architecture (seccomp(2), SECCOMP_RET_KILL_PROCESS). A shell passes the signal on as 128 and its
 * number. No lines for any other end.
 */
export function filterLines({ exitCode, signal }: ExitStatus): readonly string[] {
  if (signal !== 'SIGSYS' && exitCode !== 128 + SIGSYS) return [];
  return [
    'terrarium: the system-call filter ended a program (SIGSYS): it made a call of another architecture',
    '  hint: 32-bit programs do; take a 64-bit one, or trust it with --security-opt seccomp=unconfined',
  ];
}
