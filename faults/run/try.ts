// One case, from an empty state directory to its row in the table.

import { patience } from '../../harness/base/patience.ts';
import { type Evidence, judge } from '../report/judge.ts';
import { type Fault, nameOf } from '../table/case.ts';
import type { FaultCase } from '../table/table.ts';
import { inject, type Observed } from './injector.ts';
import { remains, remainsBut } from './left.ts';
import type { Scenario } from './scenarios.ts';
import { dispose, isRunning, makeWorld, removed, terrarium, type World } from './world.ts';

/** A longer run is a hang. The injector costs some milliseconds. */
const PATIENCE_MS = patience(5000);
const MESSAGE = 400;

export async function tryFault(scenario: Scenario, fault: Fault): Promise<FaultCase> {
  const world = makeWorld();
  try {
    await scenario.prepare(world);
    const before = new Set(remains(world.id, world.state));
    const { errno, role, call, nth } = fault;
    const command = scenario.command(world);
    const observed = await inject({ kind: 'fail', errno, role, call, nth }, command, PATIENCE_MS);
    const after = await aftermath(scenario, world, before, observed);
    await observed.end();
    const evidence: Evidence = { point: fault, observed, ...after };
    return row(scenario, fault, evidence, observed);
  } finally {
    await dispose(world);
  }
}

type Aftermath = Pick<Evidence, 'right' | 'left' | 'leftAfterGc' | 'harm'>;

/** Examines the host, then runs `gc` or the command again, like a user. */
async function aftermath(
  scenario: Scenario,
  world: World,
  before: ReadonlySet<string>,
  { exitCode, stdout }: Observed,
): Promise<Aftermath> {
  const right = exitCode === scenario.exitCode && scenario.prints.test(stdout);
  switch (scenario.leaves) {
    case 'nothing':
      return { right, harm: [], ...(await collected(world, new Set())) };
    case 'before': {
      const rest = await collected(world, before);
      const now = new Set(remains(world.id, world.state));
      const gone = [...before].filter((thing) => !now.has(thing));
      return { right, harm: gone.map((thing) => `also removed: ${thing}`), ...rest };
    }
    case 'running':
      if (!right) return { right, harm: [], ...(await collected(world, new Set())) };
      return { right, harm: await notRunning(world), left: [], leftAfterGc: await removed(world) };
    case 'gone': {
      const left = right ? await remainsBut(new Set(), world.id, world.state) : [];
      const harm = left.map((thing) => `reported as removed: ${thing}`);
      return { right, harm, left, leftAfterGc: await removed(world) };
    }
  }
}

/** Leftovers right after the command, and after `gc`. */
async function collected(world: World, allowed: ReadonlySet<string>) {
  const left = await remainsBut(allowed, world.id, world.state);
  if (left.length === 0) return { left, leftAfterGc: [] };
  await terrarium(world, ['gc']);
  return { left, leftAfterGc: await remainsBut(allowed, world.id, world.state) };
}

async function notRunning(world: World): Promise<string[]> {
  return (await isRunning(world)) ? [] : ['reported as running, but it is not'];
}

function row(scenario: Scenario, fault: Fault, evidence: Evidence, observed: Observed): FaultCase {
  return {
    id: nameOf(fault),
    scenario: scenario.name,
    ...judge(evidence),
    exitCode: observed.exitCode,
    signal: observed.signal,
    durationMs: Math.round(observed.durationMs),
    message: observed.stderr.slice(0, MESSAGE),
    left: evidence.left,
    leftAfterGc: evidence.leftAfterGc,
  };
}
