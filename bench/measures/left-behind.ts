// What containers could leave behind on the host, compared before and after.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { groupsBelow } from '../../harness/observe/cgroups.ts';
import { namesIfThere, textIfThere } from '../../harness/observe/if-there.ts';
import { cgroupMounts, mountsOf } from '../../harness/observe/mounts.ts';
import { eventually } from '../../harness/observe/process.ts';
import { words } from '../programs/words.ts';
import { ownGoal } from '../samples/own-goal.ts';
import type { GoalRecord } from '../samples/records.ts';
import { seededRandom } from '../samples/statistics.ts';
import type { Bench } from './context.ts';

/** A start takes less than this, so its SIGKILL may come at any moment of it. */
const WITHIN_MS = 150;

/** Where state is; the directories themselves stay. */
const STATE = ['/run', '/run/terrarium', '/run/terrarium/.net', '/run/terrarium-bench'];

/** Mounts of this mount namespace, cgroups, links and state directories, one line each. */
export function hostState(): ReadonlySet<string> {
  const mounts = mountsOf('self');
  // Not /sys, which shows the network namespace that it was mounted in.
  const links = [...textIfThere('/proc/self/net/dev').matchAll(/^ *([^\s:]+):/gm)];
  return new Set([
    ...mounts.map(({ point }) => `mount ${point}`),
    ...cgroupMounts(mounts)
      .flatMap(({ point }) => groupsBelow(point).slice(1))
      .map((path) => `cgroup ${path}`),
    ...links.map(([, name]) => `link ${name}`),
    ...STATE.flatMap((path) => namesIfThere(path).map((name) => join(path, name)))
      .filter((path) => !STATE.includes(path))
      .map((path) => `state ${path}`),
  ]);
}

/** What is new since then. The kernel removes network namespaces late: waits for that. */
export async function leftSince(before: ReadonlySet<string>): Promise<string[]> {
  const left = () => [...hostState().difference(before)];
  await eventually('nothing is left', () => left().length === 0).catch(() => {});
  return left();
}

/** As a goal: nothing is left. */
export function nothingLeft(name: string, left: readonly string[]): GoalRecord {
  const why = left.length === 0 ? undefined : left.slice(0, 3).join('; ');
  return ownGoal({ name, unit: 'things', goal: 0, why }, left.length);
}

/** The command, killed with SIGKILL at moments spread over its start; then `gc`, as by a user. */
export async function killedAtAnyMoment(bench: Bench, kills: number): Promise<GoalRecord> {
  const { repository, root, prefix, signal } = bench.context;
  const program = join(repository, 'bin/terrarium');
  const before = hostState();
  const random = seededRandom(9);
  for (let turn = 0; turn < kills && !signal.aborted; turn++) {
    const command = words`shell ${root} bench --network veth --memory 64m
      --name ${prefix}-killed-${turn} --no-tty -- /bin/sleep 60`;
    const victim: ChildProcess = spawn(program, command, { stdio: 'ignore' });
    await pause(random() * WITHIN_MS);
    victim.kill('SIGKILL');
    await once(victim, 'close');
  }
  execFileSync(program, ['gc'], { stdio: 'ignore' });
  const left = await leftSince(before);
  return nothingLeft(`left behind after ${kills} × SIGKILL during a start, and gc`, left);
}
