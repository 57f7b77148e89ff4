// The processes that a shell sees, and its PIDs: pid_namespaces(7).
import { readdirSync } from 'node:fs';
import { descendantsOf, namespaceOf, numbersOf } from '../observe/process.ts';
import type { Box } from '../shell/box.ts';
import { boxOf, firstFailure, judge, type Outcome, type Recorded } from './recorded.ts';

interface ProcessMatchers {
  /** It is the first of its PID namespace, by its output and by the kernel. */
  toBeProcess1(): Promise<Recorded>;
  /**
   * ps(1) in the shell, and its /proc read on the host, list only its own processes, by their PIDs
   * inside.
   */
  toSeeOnlyItsOwnProcesses(): Promise<Recorded>;
  /** ps(1) in the shell lists this process, by its PID there: for a control. */
  toSeeProcess(pid: number): Promise<Recorded>;
}

declare module 'vitest' {
  interface Matchers<R, T> extends ProcessMatchers {}
}

/** PIDs that ps(1) shows, without its own, since that `ps` has exited. */
async function listed(box: Box): Promise<number[]> {
  const rows = (await box.type('ps -e -o pid,args')).split('\n').slice(1);
  const there = own(box);
  return rows
    .map((row) => ({ number: Number.parseInt(row, 10), row }))
    .filter(({ number, row }) => there.includes(number) || !/\bps\b/.test(row))
    .map(({ number }) => number);
}

/** The shell's processes, by their PIDs inside. */
function own({ host }: Box): number[] {
  // In the host's namespace not every process belongs to it.
  const isApart = host.namespace('pid') !== namespaceOf('self', 'pid');
  const pids = isApart ? host.processes() : [host.pid, ...descendantsOf(host.pid)];
  return pids.flatMap((pid) => numbersOf(pid).at(-1) ?? []);
}

const inOrder = (numbers: readonly number[]) =>
  numbers.toSorted((one, other) => one - other).join(' ') || 'none';

function inProc({ host }: Box): number[] {
  return readdirSync(`/proc/${host.pid}/root/proc`).map(Number).filter(Boolean);
}

export const processMatchers = {
  async toBeProcess1(received: unknown): Promise<Outcome> {
    const box = boxOf(received);
    const inside = await box.type('echo $$');
    const host = numbersOf(box.host.pid).at(-1) ?? 'none';
    return judge(box, 'number of the shell in its PID namespace', { inside, host }, 1);
  },
  async toSeeOnlyItsOwnProcesses(received: unknown): Promise<Outcome> {
    const box = boxOf(received);
    const inside = inOrder(await listed(box));
    const expected = inOrder(own(box));
    const proc = inOrder(inProc(box));
    return firstFailure(
      judge(box, 'processes that ps lists', { inside, host: expected }, expected),
      judge(box, 'processes in its /proc', { host: proc }, expected),
    );
  },
  async toSeeProcess(received: unknown, pid: number): Promise<Outcome> {
    const box = boxOf(received);
    const numbers = await listed(box);
    const seen = `${numbers.length} processes, ${pid} ${numbers.includes(pid) ? '' : 'not '}among them`;
    return judge(box, 'processes that ps lists', seen, () => numbers.includes(pid), `with ${pid}`);
  },
};
