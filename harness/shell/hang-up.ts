// Background processes of a shell outlive its terminal: this ends them like a login shell.
import { allPids, statOf } from '../observe/process.ts';

/** Sends SIGHUP to the remaining processes of a session. */
export function hangUp(session: number): void {
  for (const pid of allPids().filter((pid) => Number(statOf(pid)(6)) === session)) {
    try {
      process.kill(pid, 'SIGHUP');
    } catch {
      // It has exited.
    }
  }
}
