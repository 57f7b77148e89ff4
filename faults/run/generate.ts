// The list of cases: the calls of each command, times the possible errors of each call.

import type { Fault } from '../table/case.ts';
import { CALLS, errnosOf } from '../table/errnos.ts';
import { inject, type Seen } from './injector.ts';
import type { Scenario } from './scenarios.ts';
import { dispose, makeWorld } from './world.ts';

const PATIENCE_MS = 60_000;

/**
 * The calls of a run without a fault: the second run, with warm caches.
 *
 * @throws Error if it fails.
 */
export async function record(scenario: Scenario, calls = CALLS): Promise<readonly Seen[]> {
  await recordOnce(scenario, calls);
  return recordOnce(scenario, calls);
}

async function recordOnce(scenario: Scenario, calls: readonly string[]): Promise<readonly Seen[]> {
  const world = makeWorld();
  try {
    await scenario.prepare(world);
    const observed = await inject({ kind: 'record', calls }, scenario.command(world), PATIENCE_MS);
    await observed.end();
    const { exitCode, stdout, stderr, seen } = observed;
    if (exitCode !== scenario.exitCode || !scenario.prints.test(stdout))
      throw new Error(`${scenario.name} ended with ${exitCode} without a fault: ${stderr}`);
    return seen;
  } finally {
    await dispose(world);
  }
}

const OURS = /^(runtime|child|init)/;
/** V8's own threads, whose failures are not ours. */
const ENGINE_THREADS = /^runtime\/(V8Worker|DelayedTaskSche|SignalInspector)/;

/**
 * Every call of our own, each with every errno. Of calls before our code runs, and of V8's threads,
 * the first, the middle and the last of a kind, since hundreds of module files are opened.
 */
export function faultsOf(scenario: string, seen: readonly Seen[]): Fault[] {
  const others = Map.groupBy(
    seen.filter((one) => !isOurs(one)),
    ({ role, call }) => `${role} ${call}`,
  );
  const few = [...others.values()].flatMap((kind) => [
    ...new Set([kind[0], kind[kind.length >> 1], kind[kind.length - 1]]),
  ]);
  return [...seen.filter(isOurs), ...few].flatMap((one) =>
    one === undefined ? [] : faultsAt(scenario, one),
  );
}

/** Whether our own code made the call, not the engine. */
export function isOurs({ role }: Seen): boolean {
  return OURS.test(role) && !ENGINE_THREADS.test(role);
}

function faultsAt(scenario: string, { role, call, nth, path }: Seen): Fault[] {
  if (role === 'program') return [];
  return errnosOf(call, path).map((errno) => ({ scenario, role, call, nth, errno }));
}
