// What a shell leaves in the background outlives its terminal: it is ended as a login shell does.
import { textIfThere } from '../observe/if-there.ts';
import { allPids } from '../observe/process.ts';

/** SIGHUP to all that is left of a session: proc_pid_stat(5), field 6. */
export function hangUp(session: number): void {
  for (const pid of allPids().filter((pid) => sessionOf(pid) === session)) {
    try {
      process.kill(pid, 'SIGHUP');
    } catch {
      // It has ended by itself.
    }
  }
}

function sessionOf(pid: number): number {
  const stat = textIfThere(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
}
