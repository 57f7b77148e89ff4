// Ends a container's first process, and does not wait for ever: D state and tracers keep even what
// was killed.
import { StateError } from '../../base/errors.ts';
import { alive, type ProcessIdentity } from '../../host/process/process.ts';
import { stuckAmong } from '../../host/process/stuck.ts';
import { closeFd, pidfdOpen, pidfdSendSignal, readableWithin } from '../../native/addon.ts';

const SIGKILL = 9;
const ESRCH = 3;
/** From the kill to giving up. Without a disk or a tracer in the way it takes some milliseconds. */
const DEADLINE_MS = 2000;

/**
 * SIGKILL to exactly this process; resolves when it has ended, at once if it had. With it all of
 * its PID namespace end.
 *
 * @throws StateError naming the process that does not end within two seconds, and what it waits
 * for. `others`: more of the container.
 */
export async function endProcess(
  id: string,
  first: ProcessIdentity,
  others: () => readonly number[],
): Promise<void> {
  const fd = openAlive(first);
  if (fd === undefined) return;
  try {
    pidfdSendSignal(fd, SIGKILL);
    if (!(await readableWithin(fd, DEADLINE_MS))) throw unending(id, [first.pid, ...others()]);
  } catch (error) {
    if (!isGone(error)) throw error;
  } finally {
    closeFd(fd);
  }
}

/** The same for an end that is already waited for. */
export async function endedWithin(
  id: string,
  end: Promise<unknown>,
  pids: () => readonly number[],
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<true>((resolve) => {
    timer = setTimeout(resolve, DEADLINE_MS, true);
  });
  const isLate = await Promise.race([end.then(() => false), late]);
  clearTimeout(timer);
  if (isLate) throw unending(id, pids());
}

/**
 * A descriptor of this process, and of no other that got its number since; undefined when it has
 * ended.
 */
export function openAlive(first: ProcessIdentity): number | undefined {
  let fd: number;
  try {
    fd = pidfdOpen(first.pid);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
  // Only of a process that is still there now is it certain that the descriptor, not just the
  // number, is its own.
  if (alive(first)) return fd;
  closeFd(fd);
  return undefined;
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && error.errno === ESRCH;
}

function unending(id: string, pids: readonly number[]): StateError {
  const { text, hint } = stuckAmong(pids);
  return new StateError(`container ${id} was killed, but ${text}`, { hint });
}
