// What Node changes before our code runs, as the launcher found it (bin/terrarium).
import { constants } from 'node:os';

/**
 * Bit n-1 is signal n: SigIgn of proc_pid_stat(5), in decimal. Consumed: it is not the container's.
 */
const IGNORED = 'TERRARIUM_IGNORED';

/** Signals that a caller may want ignored: nohup(1), and what a shell starts in the background. */
const IGNORABLE = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGTSTP',
] as const;

const ignored = new Set<string>();

/** Whether our caller had this signal ignored, and so do we. */
export function isIgnored(name: string): boolean {
  return ignored.has(name);
}

/**
 * Node resets every signal to its default action when it starts. What the caller ignored is ignored
 * again from here on: the handlers stay to the very end.
 */
export function ignoreAsCallerDoes(env: NodeJS.ProcessEnv): void {
  const mask = Number(env[IGNORED] ?? 0);
  delete env[IGNORED];
  if (!Number.isSafeInteger(mask) || mask <= 0) return;
  for (const name of IGNORABLE) {
    if ((BigInt(mask) & (1n << BigInt(constants.signals[name] - 1))) === 0n) continue;
    ignored.add(name);
    process.on(name, () => {});
  }
}
