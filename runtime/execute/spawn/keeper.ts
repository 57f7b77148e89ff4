// A process that keeps a scope alive: our init, waiting for a plan that never comes. It exits with
// us, since that closes its socket.
import { closeSync, openSync } from 'node:fs';
import { attend, closeFd, pidfdSendSignal, spawn } from '../../native/addon.ts';
import { CallError } from '../../native/exhausted.ts';

const SIGKILL = 9;

export class Keeper {
  readonly pid: number;
  readonly ended: Promise<void>;
  readonly #kill: () => void;

  private constructor(pid: number, ended: Promise<void>, kill: () => void) {
    this.pid = pid;
    this.ended = ended;
    this.#kill = kill;
  }

  /** It keeps no event loop alive. @throws CallError */
  static start(): Promise<Keeper> {
    const { promise, resolve, reject } = Promise.withResolvers<Keeper>();
    const ended = Promise.withResolvers<void>();
    const nothing = openSync('/dev/null', 'r+');
    let pidfd = -1;
    const kill = () => {
      try {
        if (pidfd >= 0) pidfdSendSignal(pidfd, SIGKILL);
      } catch {
        // It has just exited.
      }
    };
    const id = spawn(
      {
        ...{ flags: 0n, stdio: [nothing, nothing, nothing], extra: -1, cgroup: -1 },
        ...{ detachedCgroup: -1, joinPid: -1, batched: true },
      },
      {
        spawned: (result) => {
          closeSync(nothing);
          if ('errno' in result) return reject(new CallError(result));
          ({ pidfd } = result);
          attend(id, false);
          resolve(new Keeper(result.pid, ended.promise, kill));
        },
        results: () => {},
        failed: () => {},
        closed: () => {},
        exit: () => {
          if (pidfd >= 0) closeFd(pidfd);
          pidfd = -1;
          ended.resolve();
        },
      },
    );
    return promise;
  }

  /** Any number of times. */
  end(): void {
    this.#kill();
  }
}
