// Containers of this very process, for all measures but the life cycle.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Trace } from 'terrarium';
import type { Context, Opened, Timed } from './target.ts';

const SIGUSR1 = 10;

export async function openApi({ scratch, root }: Context): Promise<Opened> {
  // Only now: peers can be measured where the addon cannot be loaded.
  const { createContainer } = await import('terrarium');
  const lines = new Lines(join(scratch, 'api-lines'));
  const nothing = openSync('/dev/null', 'r');
  return {
    async startInProcess({ id, argv, memoryMiB, cpus = '' }) {
      const start = process.hrtime.bigint();
      const container = await createContainer({
        ...{ rootfs: root, hostname: 'bench', id, command: argv, network: 'none' },
        ...{ memory: `${memoryMiB}m`, cpusetCpus: cpus, pidsLimit: 64 },
        stdio: [nothing, lines.writer, lines.writer],
      });
      const spoke = await lines.next();
      return {
        lineNs: Number(spoke - start),
        ...timesOf(container.trace(), start, spoke),
        async ask() {
          container.kill(SIGUSR1);
          await lines.next();
        },
        async end() {
          if (container.state().status !== 'stopped') container.kill();
          await container.wait();
          await container.delete();
        },
      };
    },
    async close() {
      lines.close();
      closeSync(nothing);
    },
  };
}

/** When the last step of each phase was done, and what operations of the same kind took in all. */
function timesOf(trace: Trace, start: bigint, spoke: bigint) {
  const ends = new Map<string, bigint>();
  const sums = new Map<string, number>();
  for (const { phase, kind, startNs, endNs } of trace) {
    if (endNs > (ends.get(phase) ?? 0n)) ends.set(phase, endNs);
    const name = `${phase}: ${kind}`;
    sums.set(name, (sums.get(name) ?? 0) + Number(endNs - startNs) / 1e6);
  }
  const done = [...ends, ['first line', spoke] as const];
  const steps = done.map(([name, ns]): Timed => ({ name, ms: Number(ns - start) / 1e6 }));
  return {
    steps: steps.sort((a, b) => a.ms - b.ms),
    operations: [...sums].map(([name, ms]): Timed => ({ name, ms })),
  };
}

/** A FIFO that all containers write their lines to, one after the other. */
class Lines {
  readonly writer: number;
  readonly #socket: Socket;
  readonly #came: bigint[] = [];
  readonly #wanted: ((ns: bigint) => void)[] = [];

  constructor(path: string) {
    execFileSync('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.writer = openSync(path, 'w');
    this.#socket = new Socket({ fd: reader, readable: true, writable: false });
    createInterface({ input: this.#socket }).on('line', () => {
      const now = process.hrtime.bigint();
      const wanted = this.#wanted.shift();
      if (wanted === undefined) this.#came.push(now);
      else wanted(now);
    });
  }

  /** When the next line came, or comes. */
  async next(): Promise<bigint> {
    return this.#came.shift() ?? new Promise((resolve) => this.#wanted.push(resolve));
  }

  close(): void {
    closeSync(this.writer);
    this.#socket.destroy();
  }
}
