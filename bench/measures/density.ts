// Many in sequence, each staying alive: what one more costs in time and memory, and how long they
// take to go. And several at once.
import { setTimeout as pause } from 'node:timers/promises';
import type { Started } from '../programs/starter.ts';
import type { ReachedRecord } from '../samples/records.ts';
import type { Group } from '../targets/groups.ts';
import { LANES, type Timed } from '../targets/target.ts';
import {
  type Bench,
  begin,
  beginAndHear,
  inGroup,
  inRounds,
  requestOf,
  type Step,
  type Subject,
  sample,
} from './context.ts';
import { type Footprint, footprint, processIds } from './footprint.ts';
import { isShort } from './room.ts';
import { noteFirstOfMany } from './starts.ts';

const WAIT = ['/bin/bench-workload', 'wait'];
const THOUSAND = 1000;
const CHECKPOINTS = [1, 10, 100, THOUSAND];
const AT_ONCE_MS = 30_000;
/**
 * A target that has used this part of its time and has not reached that part of the number will not
 * get there, and going on adds little. Machines are exempt: they are few.
 */
const LOOK_AHEAD = { time: 0.55, number: 0.35 };

interface Size {
  readonly round: number;
  readonly most: number;
  readonly budgetS: number;
}

/** One that stays alive. */
interface Alive {
  end(): Promise<unknown>;
  /** Resolves when its program answered, where it can be asked. */
  readonly ask?: (() => Promise<void>) | undefined;
}

interface One {
  readonly ns: number;
  readonly alive: Alive;
  readonly started?: Started;
  readonly operations?: readonly Timed[];
}

/** `many` goes on to 1,000 and adds starts at once; `memory` alone stops at 100. */
export function densitySteps(bench: Bench): Step[] {
  return inRounds(bench, bench.quick ? 1 : 3, ['many', 'memory'], (subject, round) => {
    const { name: target, slow, measures } = subject.target;
    const many = measures.includes('many');
    const own = subject.opened.startInProcess !== undefined;
    const size = sizeOf(bench, subject, round);
    const run = async () => {
      await fill(bench, subject, size);
      if (own && size.most === THOUSAND) await fillAtOnce(bench, subject, round);
      if (many && !slow && !own) await burst(bench, subject, round);
    };
    const guessS = Math.min(size.budgetS, 6);
    return [{ measure: many ? 'many' : 'memory', target, round, guessS, run }];
  });
}

/** The first round goes as far as it can, the others only as far as memory is compared. */
function sizeOf({ quick }: Bench, { target, opened }: Subject, round: number): Size {
  const { slow, measures } = target;
  const own = opened.startInProcess !== undefined;
  if (round > 0) return { round, budgetS: 4, most: slow ? 1 : 10 };
  if (slow) return quick ? { round, budgetS: 2, most: 1 } : { round, budgetS: 9, most: 10 };
  if (quick) return { round, budgetS: 1, most: 10 };
  // A goal is a thousand of our own, however long they take.
  return { round, budgetS: own ? 30 : 6, most: measures.includes('many') ? THOUSAND : 100 };
}

async function fill(bench: Bench, subject: Subject, size: Size): Promise<void> {
  const { round } = size;
  const note = (quantity: string, value: number, x: number) =>
    sample(bench, subject, round, quantity, value, x);
  const others = processIds();
  const before = await leastOf(bench, others);
  const alive: Alive[] = [];
  const begun = performance.now();
  await inGroup(bench, subject, { limited: false }, async (group) => {
    try {
      let because = enough(subject, size, alive.length, begun);
      for (; because === undefined; because = enough(subject, size, alive.length, begun)) {
        const one = await startOne(bench, subject, group);
        note('density.start', one.ns, alive.length);
        if (alive.length === 0 && one.started !== undefined)
          noteFirstOfMany(bench, subject, round, one.started);
        // The two ends of the curve show which of them grows.
        if (alive.length < 100 || alive.length >= 900)
          for (const { name, ms } of one.operations ?? [])
            note(`density.operation.${name}`, ms * 1e6, alive.length);
        alive.push(one.alive);
        if (CHECKPOINTS.includes(alive.length))
          noteMemory(note, alive.length, before, await leastOf(bench, others));
      }
      const reached = alive.length;
      bench.record({
        kind: 'reached',
        target: subject.target.name,
        round,
        alive: reached,
        because,
      });
      if (!CHECKPOINTS.includes(reached) && reached > 1)
        noteMemory(note, reached, before, await leastOf(bench, others));
      const asked = alive.flatMap(({ ask }) => ask ?? []);
      for (const ask of asked) await ask();
      if (asked.length > 0) note('density.answered', asked.length, reached);
    } finally {
      const clearing = performance.now();
      const count = alive.length;
      await endAll(alive);
      if (count > 0) note('density.clear', ((performance.now() - clearing) * 1e6) / count, count);
    }
  });
}

/** Why no more are started, if so. */
function enough(
  { target }: Subject,
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
async function fillAtOnce(bench: Bench, subject: Subject, round: number): Promise<void> {
  const alive: Alive[] = [];
  await inGroup(bench, subject, { limited: false }, async (group) => {
    try {
      const begun = performance.now();
      let asked = 0;
      const lane = async () => {
        for (; asked < THOUSAND && !isShort(); ) {
          asked++;
          alive.push((await startOne(bench, subject, group)).alive);
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      const ns = (performance.now() - begun) * 1e6;
      sample(bench, subject, round, 'density.filled', ns, alive.length);
    } finally {
      await endAll(alive);
    }
  });
}

/** Eight in the same moment: from the first request to the last first line, divided among them. */
async function burst(bench: Bench, subject: Subject, round: number): Promise<void> {
  await inGroup(bench, subject, { limited: false }, async (group) => {
    const all = Array.from({ length: LANES }, () => begin(bench, subject, group, { argv: WAIT }));
    try {
      const { signal } = bench.context;
      await Promise.all(all.map(({ started }) => started.until('line', AT_ONCE_MS, signal)));
      const starts = all.map(({ started }) => Number(started.at.get('start') ?? 0n));
      const lines = all.map(({ started }) => Number(started.at.get('line') ?? 0n));
      const ns = Math.max(...lines) - Math.min(...starts);
      sample(bench, subject, round, 'burst.start', ns / LANES, LANES);
    } finally {
      await endAll(all.map(({ stop }) => ({ end: stop })));
    }
  });
}

/** Four at a time: as a person would stop many. */
async function endAll(alive: Alive[]): Promise<void> {
  const lane = async () => {
    for (let one = alive.pop(); one !== undefined; one = alive.pop()) await one.end();
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
}

async function startOne(bench: Bench, subject: Subject, group: Group): Promise<One> {
  bench.context.signal.throwIfAborted();
  const called = await subject.opened.startInProcess?.(requestOf(bench, subject, WAIT));
  if (called !== undefined) {
    const { lineNs: ns, end, ask, operations } = called;
    return { ns, alive: { end, ask }, operations };
  }
  const running = await beginAndHear(bench, subject, group, { argv: WAIT, detached: true });
  const { started, command, stop } = running;
  return { ns: started.took(command.leaves ? 'exit' : 'line'), started, alive: { end: stop } };
}

/** Each beside what there was before; `memory.workloads` says how many there really are. */
function noteMemory(
  note: (quantity: string, value: number, x: number) => void,
  count: number,
  before: Footprint,
  after: Footprint,
): void {
  note('memory.user', (after.pssBytes - before.pssBytes) / count, count);
  note('memory.kernel', (after.kernelBytes - before.kernelBytes) / count, count);
  note('memory.processes', (after.processes - before.processes) / count, count);
  note('memory.workloads', after.workloads - before.workloads, count);
}

/** The one with the least kernel memory of some: other processes of this machine come and go. */
async function leastOf({ quick }: Bench, others: ReadonlySet<number>): Promise<Footprint> {
  const all: Footprint[] = [];
  for (let look = 0; look < (quick ? 2 : 3); look++) {
    await pause(look === 0 ? 120 : 30);
    all.push(footprint(others));
  }
  return all.reduce((least, look) => (look.kernelBytes < least.kernelBytes ? look : least));
}
