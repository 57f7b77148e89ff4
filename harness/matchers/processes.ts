// Which processes a shell sees, and under which number the kernel knows it: pid_namespaces(7).
import { readdirSync } from 'node:fs';
import { descendantsOf, namespaceOf, numbersOf } from '../observe/process.ts';
import type { Box } from '../shell/box.ts';
import { boxOf, firstFailure, judge, type Outcome, type Recorded } from './recorded.ts';

interface ProcessMatchers {
  /** It is the first of its PID namespace, by its own words and the kernel's. */
  toBeProcess1(): Promise<Recorded>;
  /**
   * ps(1) in the shell, and its /proc as the host reads it, list its own processes and no other,
   * by the numbers that they have inside.
   */
  toSeeOnlyItsOwnProcesses(): Promise<Recorded>;
  /** ps(1) in the shell lists this process, by its number there: what a control shows. */
  toSeeProcess(pid: number): Promise<Recorded>;
}

declare module 'vitest' {
  interface Matchers<R, T> extends ProcessMatchers {}
}

/** Numbers that ps(1) shows, without its own: that of a `ps` which has ended since. */
async function listed(box: Box): Promise<number[]> {
  const rows = (await box.type('ps -e -o pid,args')).split('\n').slice(1);
  const there = own(box);
  return rows
    .map((row) => ({ number: Number.parseInt(row, 10), row }))
    .filter(({ number, row }) => there.includes(number) || !/\bps\b/.test(row))
    .map(({ number }) => number);
}

/** What belongs to the shell, by the numbers that are valid inside. */
function own({ host }: Box): number[] {
  // In the host's namespace, not every process is its own.
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
