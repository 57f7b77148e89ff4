// Many in sequence, each staying alive: what one more costs in time and memory, and how long they
// take to go. And several at once.
import { setTimeout as pause } from 'node:timers/promises';
import { allPids } from '../../harness/observe/process.ts';
import { OPERATION, type ReachedRecord } from '../samples/records.ts';
import type { Group } from '../targets/groups.ts';
import { LANES, type Timed } from '../targets/target.ts';
import { type Bench, inRounds, type Step, type Turn, WAIT } from './context.ts';
import { type Footprint, footprint, isShort } from './footprint.ts';

const THOUSAND = 1000;
const CHECKPOINTS = [1, 10, 100, THOUSAND];
const AT_ONCE_MS = 30_000;
/**
 * A target stops early when it has used this part of its time without reaching that part of its
 * number. Machines are exempt: they are few.
 */
const LOOK_AHEAD = { time: 0.55, number: 0.35 };

interface Size {
  readonly most: number;
  readonly budgetS: number;
}

/** One that stays alive. */
interface One {
  readonly ns: number;
  readonly operations?: readonly Timed[];
  end(): Promise<unknown>;
  /** Resolves when its program answered, where it can be asked. */
  ask?(): Promise<void>;
}

/** `many` goes on to 1,000 and adds starts at once; `memory` alone stops at 100. */
export function densitySteps(bench: Bench): Step[] {
  return inRounds(bench, bench.quick ? 1 : 3, ['many', 'memory'], (turn) => {
    const { slow, measures } = turn.target;
    const many = measures.includes('many');
    const own = turn.opened.startInProcess !== undefined;
    const size = sizeOf(turn, own);
    const run = async () => {
      await fill(turn, size);
      if (own && size.most === THOUSAND) await fillAtOnce(turn);
      if (many && !slow && !own) await burst(turn);
    };
    return [turn.step(many ? 'many' : 'memory', run)];
  });
}

/** The first round goes as far as it can, the others only as far as memory is compared. */
function sizeOf({ bench: { quick }, target, round }: Turn, own: boolean): Size {
  if (round > 0) return { budgetS: 4, most: target.slow ? 1 : 10 };
  if (target.slow) return quick ? { budgetS: 2, most: 1 } : { budgetS: 9, most: 10 };
  if (quick) return { budgetS: 1, most: 10 };
  // A goal is a thousand of our own, however long they take.
  const most = target.measures.includes('many') ? THOUSAND : 100;
  return { budgetS: own ? 30 : 6, most };
}

async function fill(turn: Turn, size: Size): Promise<void> {
  const { round, target } = turn;
  const others = new Set(allPids());
  const before = await leastOf(turn, others);
  const alive: One[] = [];
  const begun = performance.now();
  // Of each, beside what there was before.
  const noteMemory = async () => {
    const [after, count] = [await leastOf(turn, others), alive.length];
    turn.note('memory.user', (after.pssBytes - before.pssBytes) / count, count);
    turn.note('memory.kernel', (after.kernelBytes - before.kernelBytes) / count, count);
  };
  await turn.inGroup({ limited: false }, async (group) => {
    try {
      let because = enough(turn, size, alive.length, begun);
      for (; because === undefined; because = enough(turn, size, alive.length, begun)) {
        const one = await startOne(turn, group);
        noteOne(turn, one, alive.length);
        alive.push(one);
        if (CHECKPOINTS.includes(alive.length)) await noteMemory();
      }
      const reached = alive.length;
      turn.bench.record({ kind: 'reached', target: target.name, round, alive: reached, because });
      if (!CHECKPOINTS.includes(reached) && reached > 1) await noteMemory();
      const asked = alive.filter(({ ask }) => ask !== undefined);
      for (const one of asked) await one.ask?.();
      if (asked.length > 0) turn.note('density.answered', asked.length, reached);
    } finally {
      const clearing = performance.now();
      const count = alive.length;
      await endAll(alive);
      const ns = (performance.now() - clearing) * 1e6;
      if (count > 0) turn.note('density.clear', ns / count, count);
    }
  });
}

function noteOne(turn: Turn, { ns, operations = [] }: One, beside: number): void {
  turn.note('density.start', ns, beside);
  // The two ends of the curve show which of them grows.
  if (beside >= 100 && beside < 900) return;
  for (const { name, ms } of operations) turn.note(`${OPERATION.density}${name}`, ms * 1e6, beside);
}

/** Why no more are started, if so. */
function enough(
  { target }: Turn,
  { most, budgetS }: Size,
  alive: number,
  begun: number,
): ReachedRecord['because'] | undefined {
  if (alive >= most) return 'number';
  if (isShort()) return 'memory';
  const spent = (performance.now() - begun) / 1000 / budgetS;
  const late = spent > LOOK_AHEAD.time && alive < LOOK_AHEAD.number * most;
  return spent > 1 || (!target.slow && late) ? 'time' : undefined;
}

/** Eight starts at a time: nanoseconds until a thousand are alive. */
async function fillAtOnce(turn: Turn): Promise<void> {
  const alive: One[] = [];
  await turn.inGroup({ limited: false }, async (group) => {
    try {
      const begun = performance.now();
      let asked = 0;
      const lane = async () => {
        while (asked < THOUSAND && !isShort()) {
          asked++;
          alive.push(await startOne(turn, group));
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      turn.note('density.filled', (performance.now() - begun) * 1e6, alive.length);
    } finally {
      await endAll(alive);
    }
  });
}

/** Eight in the same moment: from the first request to the last first line, divided among them. */
async function burst(turn: Turn): Promise<void> {
  await turn.inGroup({ limited: false }, async (group) => {
    const all = Array.from({ length: LANES }, () => turn.begin(group, { argv: WAIT }));
    try {
      await Promise.all(all.map(({ started }) => started.until('line', AT_ONCE_MS, turn.signal)));
      const starts = all.map(({ started }) => Number(started.at.get('start') ?? 0n));
      const lines = all.map(({ started }) => Number(started.at.get('line') ?? 0n));
      const ns = Math.max(...lines) - Math.min(...starts);
      turn.note('burst.start', ns / LANES, LANES);
    } finally {
      await endAll(all.map(({ stop }) => ({ end: stop })));
    }
  });
}

/** Four at a time: as a person would stop many. */
async function endAll(alive: Pick<One, 'end'>[]): Promise<void> {
  const lane = async () => {
    for (let one = alive.pop(); one !== undefined; one = alive.pop()) await one.end();
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
}

async function startOne(turn: Turn, group: Group): Promise<One> {
  const called = await turn.call(WAIT);
  if (called !== undefined) return { ...called, ns: called.lineNs };
  const running = await turn.beginAndHear(group, { argv: WAIT, detached: true });
  const { started, command, stop } = running;
  return { ns: started.took(command.leaves ? 'exit' : 'line'), end: stop };
}

/** The one with the least kernel memory of some: other processes of this machine come and go. */
async function leastOf({ bench }: Turn, others: ReadonlySet<number>): Promise<Footprint> {
  const all: Footprint[] = [];
  for (let look = 0; look < (bench.quick ? 2 : 3); look++) {
    await pause(look === 0 ? 120 : 30);
    all.push(footprint(others));
  }
  return all.reduce((least, look) => (look.kernelBytes < least.kernelBytes ? look : least));
}
