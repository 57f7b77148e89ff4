// What a shell leaves in the background outlives its terminal: it is ended as a login shell does.
import { allPids, statOf } from '../observe/process.ts';

/** SIGHUP to all that is left of a session. */
export function hangUp(session: number): void {
  for (const pid of allPids().filter((pid) => Number(statOf(pid)(6)) === session)) {
    try {
      process.kill(pid, 'SIGHUP');
    } catch {
      // It has ended by itself.
    }
  }
}
