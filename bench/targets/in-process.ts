// Containers of this very process, for all measures but the life cycle.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Trace } from 'terrarium';
import type { Context, Opened, Timed } from './target.ts';

const SIGUSR1 = 10;

export async function openApi(
  { scratch, root }: Context,
  cycle: NonNullable<Opened['cycle']>,
): Promise<Opened> {
  // Only now: peers can be measured where the addon cannot be loaded.
  const { createContainer } = await import('terrarium');
  // All containers write their lines to one FIFO, one after the other.
  const fifo = join(scratch, 'api-lines');
  execFileSync('mkfifo', [fifo]);
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const input = new Socket({ fd: reader, readable: true, writable: false });
  const lines = createInterface({ input })[Symbol.asyncIterator]();
  const [nothing, writer] = [openSync('/dev/null', 'r'), openSync(fifo, 'w')];
  return {
    cycle,
    async startInProcess({ id, argv, memoryMiB, cpus = '' }) {
      const start = process.hrtime.bigint();
      const container = await createContainer({
        ...{ rootfs: root, hostname: 'bench', id, command: argv, network: 'none' },
        ...{ memory: `${memoryMiB}m`, cpusetCpus: cpus, pidsLimit: 64 },
        stdio: [nothing, writer, writer],
      });
      await lines.next();
      const spoke = process.hrtime.bigint();
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
      for (const descriptor of [nothing, writer]) closeSync(descriptor);
      input.destroy();
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
  ends.set('first line', spoke);
  const steps = [...ends].map(([name, ns]): Timed => ({ name, ms: Number(ns - start) / 1e6 }));
  const operations = [...sums].map(([name, ms]): Timed => ({ name, ms }));
  return { steps: steps.sort((a, b) => a.ms - b.ms), operations };
}
