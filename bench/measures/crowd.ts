// Many in sequence, each staying alive: what one more costs in time and memory, and how long they take to go. And several at once.
import { setTimeout as pause } from 'node:timers/promises';
import type { Group } from '../groups.ts';
import { type Bench, begin, beginAndHear, inGroup, MEMORY_MIB, newName, rotated, type Step, type Subject, sample } from './bench.ts';
import { availableMiB, type Footprint, footprint, processIds } from './footprint.ts';

const WAIT = ['/bin/bench-workload', 'wait'];
const CHECKPOINTS = [1, 10, 100, 1000];
/** Below this the machine has nothing left for anybody else. */
const KEEP_FREE_MIB = 3072;
const PATIENCE_MS = 30_000;

interface Stay {
  end(): Promise<void>;
}

/** `many` goes on to 1,000 and adds starts at once; `memory` alone stops at 100. */
export function crowdSteps(bench: Bench, measures: readonly ('memory' | 'many')[]): Step[] {
  const measure = measures.includes('many') ? 'many' : 'memory';
  const rounds = bench.quick ? 1 : 2;
  return Array.from({ length: rounds }, (_, round) =>
    rotated(bench.subjects, measure, round).map((subject): Step => {
      const { name, dear = false } = subject.place;
      const budgetS = bench.quick ? (dear ? 6 : 2) : dear ? 20 : round === 0 ? 12 : 3;
      const most = dear ? (bench.quick ? 1 : 4) : measure === 'many' && !bench.quick && round === 0 ? 1000 : 100;
      const run = async () => {
        await crowd(bench, subject, { round, most, budgetMs: budgetS * 1000 });
        if (measure === 'many' && !dear && subject.opened.inProcess === undefined) await burst(bench, subject, round, 8);
      };
      return { measure, target: name, round, guessS: budgetS * 1.2, run };
    }),
  ).flat();
}

interface Size {
  readonly round: number;
  readonly most: number;
  readonly budgetMs: number;
}

async function crowd(bench: Bench, subject: Subject, { round, most, budgetMs }: Size): Promise<void> {
  const others = processIds();
  const before = await calm(others);
  const staying: Stay[] = [];
  const deadline = performance.now() + budgetMs;
  await inGroup(bench, subject, { limited: false }, async (group) => {
    let smallest = Number.POSITIVE_INFINITY;
    try {
      while (staying.length < most && performance.now() < deadline) {
        smallest = Math.min(smallest, availableMiB());
        if (smallest < KEEP_FREE_MIB) throw new Error(`stopped at ${staying.length} alive: ${Math.round(smallest)} MiB of memory left`);
        const { ns, stay } = await one(bench, subject, group);
        sample(bench, subject, round, 'crowd.start', ns, staying.length);
        staying.push(stay);
        if (CHECKPOINTS.includes(staying.length)) note(bench, subject, round, staying.length, before, await calm(others));
      }
      const reached = staying.length;
      sample(bench, subject, round, 'crowd.alive', reached);
      if (!CHECKPOINTS.includes(reached) && reached > 1) note(bench, subject, round, reached, before, await calm(others));
    } finally {
      const begun = performance.now();
      const count = staying.length;
      await clear(staying);
      if (count > 0) sample(bench, subject, round, 'crowd.clear', ((performance.now() - begun) * 1e6) / count, count);
    }
  });
}

async function one(bench: Bench, subject: Subject, group: Group): Promise<{ ns: number; stay: Stay }> {
  const { inProcess } = subject.opened;
  if (inProcess !== undefined) {
    bench.world.signal.throwIfAborted();
    const asked = { id: newName(bench, subject), memoryMiB: MEMORY_MIB, cpus: bench.allCpus, linked: false, group };
    const { lineNs, end } = await inProcess.start({ ...asked, argv: WAIT });
    return { ns: lineNs, stay: { end } };
  }
  const running = await beginAndHear(bench, subject, group, { argv: WAIT, detached: true });
  const ns = running.started.took(running.way.leaves ? 'exit' : 'line');
  return { ns, stay: { end: async () => void (await running.stop()) } };
}

/** Each beside what there was before; `memory.alive` says how many workloads there really are. */
function note(bench: Bench, subject: Subject, round: number, count: number, before: Footprint, after: Footprint): void {
  sample(bench, subject, round, 'memory.user', (after.pssBytes - before.pssBytes) / count, count);
  sample(bench, subject, round, 'memory.kernel', (after.kernelBytes - before.kernelBytes) / count, count);
  sample(bench, subject, round, 'memory.processes', (after.processes - before.processes) / count, count);
  sample(bench, subject, round, 'memory.workloads', after.workloads - before.workloads, count);
}

/** The one with the least kernel memory of some looks: others on this machine come and go. */
async function calm(others: ReadonlySet<number>): Promise<Footprint> {
  const looks: Footprint[] = [];
  for (let look = 0; look < 4; look++) {
    await pause(look === 0 ? 120 : 30);
    looks.push(footprint(others));
  }
  return looks.reduce((least, look) => (look.kernelBytes < least.kernelBytes ? look : least));
}

/** Four at a time: what a person who has to stop many would do. */
async function clear(staying: Stay[]): Promise<void> {
  const lane = async () => {
    for (let stay = staying.pop(); stay !== undefined; stay = staying.pop()) await stay.end();
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
}

async function burst(bench: Bench, subject: Subject, round: number, count: number): Promise<void> {
  await inGroup(bench, subject, { limited: false }, async (group) => {
    const all = Array.from({ length: count }, () => begin(bench, subject, group, { argv: WAIT }));
    try {
      await Promise.all(all.map(({ started }) => started.until('line', PATIENCE_MS, bench.world.signal)));
      const starts = all.map(({ started }) => Number(started.at.get('start') ?? 0n));
      const lines = all.map(({ started }) => Number(started.at.get('line') ?? 0n));
      sample(bench, subject, round, 'burst.start', (Math.max(...lines) - Math.min(...starts)) / count, count);
    } finally {
      await clear(all.map((running) => ({ end: async () => void (await running.stop()) })));
    }
  });
}
