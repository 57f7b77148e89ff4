// The table of SIGKILL: the runtime is killed at calls spread evenly over its run; then one gc.

import { inLanes } from '../../harness/base/lanes.ts';
import { type Fault, nameOf } from '../table/case.ts';
import type { FaultCase, FaultTable, Outcome } from '../table/table.ts';
import { isOurs, record } from './generate.ts';
import { inject } from './injector.ts';
import { remains, remainsBut } from './left.ts';
import type { Scenario } from './scenarios.ts';
import { dispose, isRunning, makeWorld, removed, terrarium, type World } from './world.ts';

const PATIENCE_MS = 10_000;

const OUTCOMES = [
  { id: 'nothing', title: 'nothing left', verdict: 'right' },
  { id: 'undone', title: 'gc removed everything', verdict: 'right' },
  { id: 'lives', title: 'container still runs', verdict: 'right' },
  { id: 'left', title: 'left after gc', verdict: 'wrong' },
  { id: 'harm', title: 'another container affected', verdict: 'wrong' },
  { id: 'missed', title: 'exited earlier', verdict: 'apart' },
] as const satisfies readonly Outcome[];

export interface KillOptions {
  readonly scenarios: readonly Scenario[];
  /** Number of moments in each. */
  readonly moments: number;
  readonly cases: readonly Fault[] | undefined;
  readonly jobs: number;
  readonly say: (line: string) => void;
}

export async function killTable({
  scenarios,
  moments,
  cases,
  jobs,
  say,
}: KillOptions): Promise<FaultTable> {
  const points: { readonly scenario: Scenario; readonly fault: Fault }[] = [];
  let population = 0;
  for (const scenario of scenarios) {
    const wanted = cases?.filter((one) => one.scenario === scenario.name);
    const all = wanted ?? (await killsOf(scenario));
    population += all.length;
    const chosen = wanted ?? evenly(all, moments);
    points.push(...chosen.map((fault) => ({ scenario, fault })));
  }
  say(`terrarium: the runtime is killed at ${points.length} of ${population} moments`);
  const tried = await inLanes(jobs, points, async ({ scenario, fault }) => {
    const result = await tryKill(scenario, fault);
    for (const problem of result.problems) say(`  ${result.id}: ${problem}`);
    return result;
  });
  return {
    id: 'kills',
    title: 'kill -9 of the runtime',
    about:
      'SIGKILL ends the runtime at one of its system calls, then gc runs once. Nothing may be ' +
      'left, except a started detached container; other containers must be unaffected.',
    population,
    outcomes: OUTCOMES,
    scenarios: [...new Set(points.map(({ scenario }) => scenario.name))],
    cases: tried,
  };
}

/** The moments before each of the runtime's own calls. */
async function killsOf(scenario: Scenario): Promise<Fault[]> {
  const seen = await record(scenario);
  return seen
    .filter((one) => one.role.startsWith('runtime') && isOurs(one))
    .map(({ role, call, nth }) => ({
      ...{ scenario: scenario.name, role, call, nth },
      errno: 'SIGKILL',
    }));
}

function evenly<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, index) => {
    const at = Math.floor(((index + 0.5) * list.length) / count);
    return list.slice(at, at + 1);
  }).flat();
}

async function tryKill(scenario: Scenario, fault: Fault): Promise<FaultCase> {
  const world = makeWorld();
  try {
    await scenario.prepare(world);
    const before = new Set(remains(world.id, world.state));
    const order = { kind: 'fail', ...fault } as const;
    const observed = await inject(order, scenario.command(world), PATIENCE_MS);
    const after = await aftermath(scenario, world, before);
    await observed.end();
    const missed = observed.signal !== 'SIGKILL' && after.problems.length === 0;
    return {
      id: nameOf(fault),
      scenario: scenario.name,
      ...after,
      outcome: missed ? 'missed' : after.outcome,
      exitCode: observed.exitCode,
      signal: observed.signal,
      durationMs: Math.round(observed.durationMs),
      message: observed.stderr.slice(0, 400),
    };
  } finally {
    await dispose(world);
  }
}

type Aftermath = Pick<FaultCase, 'outcome' | 'problems' | 'left' | 'leftAfterGc'>;

async function aftermath(
  { leaves }: Scenario,
  world: World,
  before: ReadonlySet<string>,
): Promise<Aftermath> {
  const allowed = leaves === 'before' ? before : new Set<string>();
  const left = await remainsBut(allowed, world.id, world.state);
  if (left.length > 0) await terrarium(world, ['gc']);
  const now = new Set(remains(world.id, world.state));
  const gone = leaves === 'before' ? [...before].filter((thing) => !now.has(thing)) : [];
  const lives = (leaves === 'running' || leaves === 'gone') && (await isRunning(world));
  // A second try deletes a half-deleted container; the owner deletes a detached one.
  const rest = lives || leaves === 'gone' ? await removed(world) : undefined;
  const leftAfterGc =
    rest ?? (left.length > 0 ? await remainsBut(allowed, world.id, world.state) : []);
  const problems = [
    ...gone.map((thing) => `also removed: ${thing}`),
    ...leftAfterGc.map((thing) => `left after gc: ${thing}`),
  ];
  const right = lives ? 'lives' : left.length > 0 ? 'undone' : 'nothing';
  const outcome = gone.length > 0 ? 'harm' : leftAfterGc.length > 0 ? 'left' : right;
  return { outcome, problems, left, leftAfterGc };
}
