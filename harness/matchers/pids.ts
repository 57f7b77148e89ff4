// The effect of a process limit on a fork bomb, and processes outside of their cgroup.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bound, boundOf, groupOf } from '../observe/cgroups.ts';
import type { Box } from '../shell/box.ts';
import { boxOf, firstFailure, judge, type Outcome, type Recorded } from './recorded.ts';

interface PidsMatchers {
  /**
   * A fork bomb stops at this many processes, by the kernel's count and by /proc; the shell
   * survives and can start programs again.
   */
  toStopForksAt(limit: number): Promise<Recorded>;
  /** A fork bomb makes all its children: for a control. */
  toLetFork(children: number): Promise<Recorded>;
  /** The container has this many processes, each in the limited cgroup or below it. */
  toBoundAllItsProcesses(count: number): Promise<Recorded>;
}

declare module 'vitest' {
  interface Matchers<R, T> extends PidsMatchers {}
}

const WANTED = 100;
const CHILDREN = 'children of the fork bomb';
const REFUSED = 'forks refused by the kernel';

const boundOfProcesses = ({ host }: Box) => boundOf(host.pid, 'pids.max', 'pids.max');

/** A number in a file of the limited cgroup. */
function counter(bound: Bound | undefined, file: string, key = ''): number {
  const path = join(bound?.directory ?? '/', file);
  if (bound === undefined || !existsSync(path)) return Number.NaN;
  return Number(new RegExp(`^${key} ?(\\d+)`, 'm').exec(readFileSync(path, 'utf8'))?.[1]);
}

/** Children of a fork bomb, which keeps them until `look` has returned. */
async function bomb(box: Box, look: () => void): Promise<string> {
  const printed = await box.start(`fork-bomb ${WANTED} --hold`, /forked[^\n]*\n/);
  look();
  await box.press('C-d');
  await box.prompt();
  return /forked (.*)\n/.exec(printed)?.[1] ?? printed;
}

export const pidsMatchers = {
  async toStopForksAt(received: unknown, limit: number): Promise<Outcome> {
    const box = boxOf(received);
    const bound = boundOfProcesses(box);
    const before = { group: counter(bound, 'pids.current'), inside: box.host.processes().length };
    const during = { group: 0, inside: 0, refused: 0 };
    const forked = await bomb(box, () => {
      during.group = counter(bound, 'pids.current');
      during.inside = box.host.processes().length;
      during.refused = counter(bound, 'pids.events', 'max');
    });
    const alive = await box.type('sh -c "echo still here"');
    const more = limit - before.group;
    return firstFailure(
      judge(box, 'limit on processes', { host: bound?.limit ?? 'none' }, limit),
      // The bomb itself is one of them.
      judge(box, CHILDREN, forked, `${more - 1} of ${WANTED}: EAGAIN`),
      judge(box, 'processes in the group', { host: during.group }, limit),
      judge(box, 'processes by /proc', { host: during.inside }, before.inside + more),
      judge(box, REFUSED, { host: during.refused }, (text) => Number(text) > 0, 'at least 1'),
      judge(box, 'the shell afterwards', alive, 'still here'),
    );
  },
  async toLetFork(received: unknown, children: number): Promise<Outcome> {
    const box = boxOf(received);
    const answer = await box.type(`fork-bomb ${children}`);
    return judge(box, CHILDREN, answer, `forked ${children} of ${children}`);
  },
  async toBoundAllItsProcesses(received: unknown, count: number): Promise<Outcome> {
    const box = boxOf(received);
    const bound = boundOfProcesses(box);
    const inside = box.host.processes();
    const outside = inside.filter((pid) => {
      const group = groupOf(pid, 'pids');
      return group && !`${group.directory}/`.startsWith(`${bound?.directory ?? 'nowhere'}/`);
    });
    return firstFailure(
      judge(box, 'limit on processes', { host: bound?.limit ?? 'none' }, /^\d+$/),
      judge(box, 'processes outside of the group', { host: outside.length }, 0),
      judge(box, 'processes of the container', { host: inside.length }, count),
    );
  },
};
