// Many in sequence, each staying alive: what one more costs in time and memory, and how long they
// take to go. And several at once.
import { setTimeout as pause } from 'node:timers/promises';
import { LANES } from '../lifecycle/peers.ts';
import type { Started } from '../programs/starter.ts';
import type { ReachedRecord } from '../samples/records.ts';
import type { Group } from '../targets/groups.ts';
import type { Timed } from '../targets/target.ts';
import { burst, clear, type Stay } from './burst.ts';
import {
  type Bench,
  beginAndHear,
  inGroup,
  MEMORY_MIB,
  newName,
  rotated,
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
/**
 * A target that has used this part of the time and has not reached that part of the number will not
 * finish in time, and continuing adds little information. Machines are exempt: they are few.
 */
const LOOK_AHEAD = { time: 0.55, number: 0.35 };

/** `many` goes on to 1,000 and adds starts at once; `memory` alone stops at 100. */
export function crowdSteps(bench: Bench): Step[] {
  return Array.from({ length: bench.quick ? 1 : 3 }, (_, round) =>
    rotated(bench.subjects, ['many', 'memory'], round).flatMap((subject): Step[] => {
      const { name, dear = false, measures } = subject.place;
      const many = measures.includes('many');
      const own = subject.opened.inProcess !== undefined;
      const { budgetS, most } = sizeOf(bench.quick, dear, round, many, own);
      const run = async () => {
        await crowd(bench, subject, { round, most, budgetMs: budgetS * 1000 });
        if (own && many && most === THOUSAND) await thousand(bench, subject, round);
        if (many && !dear && !own) await burst(bench, subject, round, 8);
      };
      return [
        {
          measure: many ? 'many' : 'memory',
          target: name,
          round,
          guessS: Math.min(budgetS, 6),
          run,
        },
      ];
    }),
  ).flat();
}

/**
 * The first round goes as far as it can, the others only as far as memory is compared; machines are
 * few in any case.
 */
function sizeOf(
  quick: boolean,
  dear: boolean,
  round: number,
  many: boolean,
  own: boolean,
): { readonly budgetS: number; readonly most: number } {
  if (round > 0) return { budgetS: 4, most: dear ? 1 : 10 };
  if (dear) return quick ? { budgetS: 2, most: 1 } : { budgetS: 9, most: 10 };
  // What is promised of a thousand of our own is measured, however long it takes.
  return quick ? { budgetS: 1, most: 10 } : { budgetS: own ? 30 : 6, most: many ? THOUSAND : 100 };
}

interface Size {
  readonly round: number;
  readonly most: number;
  readonly budgetMs: number;
}

async function crowd(
  bench: Bench,
  subject: Subject,
  { round, most, budgetMs }: Size,
): Promise<void> {
  const others = processIds();
  const before = await calm(bench, others);
  const staying: Stay[] = [];
  const begun = performance.now();
  const enough = (): ReachedRecord['because'] | undefined => {
    if (staying.length >= most) return 'number';
    if (isShort()) return 'memory';
    const spent = (performance.now() - begun) / budgetMs;
    return spent > 1 ||
      (!subject.place.dear && spent > LOOK_AHEAD.time && staying.length < LOOK_AHEAD.number * most)
      ? 'time'
      : undefined;
  };
  await inGroup(bench, subject, { limited: false }, async (group) => {
    try {
      let because = enough();
      for (; because === undefined; because = enough()) {
        const { ns, stay, started, operations = [] } = await one(bench, subject, group);
        sample(bench, subject, round, 'crowd.start', ns, staying.length);
        if (staying.length === 0 && started !== undefined)
          noteFirstOfMany(bench, subject, round, started);
        // Which of them bends is seen at the two ends of the curve.
        if (staying.length < 100 || staying.length >= 900)
          for (const { name, ms } of operations)
            sample(bench, subject, round, `crowd.operation.${name}`, ms * 1e6, staying.length);
        staying.push(stay);
        if (CHECKPOINTS.includes(staying.length))
          note(bench, subject, round, staying.length, before, await calm(bench, others));
      }
      const alive = staying.length;
      bench.record({ kind: 'reached', target: subject.place.name, round, alive, because });
      if (!CHECKPOINTS.includes(alive) && alive > 1)
        note(bench, subject, round, alive, before, await calm(bench, others));
      await askAll(bench, subject, round, staying);
    } finally {
      const begun = performance.now();
      const count = staying.length;
      await clear(staying);
      if (count > 0)
        sample(
          bench,
          subject,
          round,
          'crowd.clear',
          ((performance.now() - begun) * 1e6) / count,
          count,
        );
    }
  });
}

/**
 * Eight starts at a time until a thousand are alive: nanoseconds from the first request to the last
 * first line.
 */
async function thousand(bench: Bench, subject: Subject, round: number): Promise<void> {
  const staying: Stay[] = [];
  await inGroup(bench, subject, { limited: false }, async (group) => {
    try {
      const begun = performance.now();
      let asked = 0;
      const lane = async () => {
        for (; asked < THOUSAND && !isShort(); ) {
          asked++;
          staying.push((await one(bench, subject, group)).stay);
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      sample(
        bench,
        subject,
        round,
        'crowd.filled',
        (performance.now() - begun) * 1e6,
        staying.length,
      );
    } finally {
      await clear(staying);
    }
  });
}

/** How many of those that are alive answer, where they can be asked. */
async function askAll(
  bench: Bench,
  subject: Subject,
  round: number,
  staying: readonly Stay[],
): Promise<void> {
  const asking = staying.flatMap(({ ask }) => ask ?? []);
  if (asking.length === 0) return;
  let answered = 0;
  for (const ask of asking) {
    await ask();
    answered++;
  }
  sample(bench, subject, round, 'crowd.answered', answered, staying.length);
}

interface One {
  readonly ns: number;
  readonly stay: Stay;
  readonly started?: Started;
  readonly operations?: readonly Timed[];
}

async function one(bench: Bench, subject: Subject, group: Group): Promise<One> {
  const { inProcess } = subject.opened;
  if (inProcess !== undefined) {
    bench.world.signal.throwIfAborted();
    const asked = {
      id: newName(bench, subject),
      memoryMiB: MEMORY_MIB,
      cpus: bench.allCpus,
      linked: false,
      group,
    };
    const { lineNs, end, ask, operations } = await inProcess.start({ ...asked, argv: WAIT });
    return { ns: lineNs, stay: { end, ask }, operations };
  }
  const running = await beginAndHear(bench, subject, group, { argv: WAIT, detached: true });
  const ns = running.started.took(running.way.leaves ? 'exit' : 'line');
  return { ns, started: running.started, stay: { end: async () => void (await running.stop()) } };
}

/** Each beside what there was before; `memory.alive` says how many workloads there really are. */
function note(
  bench: Bench,
  subject: Subject,
  round: number,
  count: number,
  before: Footprint,
  after: Footprint,
): void {
  sample(bench, subject, round, 'memory.user', (after.pssBytes - before.pssBytes) / count, count);
  sample(
    bench,
    subject,
    round,
    'memory.kernel',
    (after.kernelBytes - before.kernelBytes) / count,
    count,
  );
  sample(
    bench,
    subject,
    round,
    'memory.processes',
    (after.processes - before.processes) / count,
    count,
  );
  sample(bench, subject, round, 'memory.workloads', after.workloads - before.workloads, count);
}

/** The one with the least kernel memory of some looks: others on this machine come and go. */
async function calm({ quick }: Bench, others: ReadonlySet<number>): Promise<Footprint> {
  const looks: Footprint[] = [];
  for (let look = 0; look < (quick ? 2 : 3); look++) {
    await pause(look === 0 ? 120 : 30);
    looks.push(footprint(others));
  }
  return looks.reduce((least, look) => (look.kernelBytes < least.kernelBytes ? look : least));
}
