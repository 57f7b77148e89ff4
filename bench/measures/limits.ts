// Limits' accuracy: half a processor asked for, 256 MiB asked for; what was received and reached.
import { setTimeout as pause } from 'node:timers/promises';
import { type Bench, begin, beginAndHear, inGroup, MEMORY_MIB, rotated, type Step, type Subject, sample } from './bench.ts';
import { cpuSeconds, processIds } from './footprint.ts';

const QUOTA = 0.5;
const BURN_S = 1;
const HOG_MS = 25_000;
/** Of several of the kernel's periods each, since it gives what is due in pieces: 100 ms, sched-bwc.rst. */
const WINDOWS = 3;

export function limitSteps(bench: Bench): Step[] {
  return Array.from({ length: bench.quick ? 1 : 2 }, (_, round) =>
    rotated(bench.subjects, ['limits'], round).flatMap((subject): Step[] => {
      if (subject.place.dear && round > 0) return [];
      const guessS = 2 * subject.place.guessS + BURN_S + 0.5;
      return [{ measure: 'limits', target: subject.place.name, round, guessS, run: () => both(bench, subject, round) }];
    }),
  ).flat();
}

async function both(bench: Bench, subject: Subject, round: number): Promise<void> {
  await inGroup(bench, subject, { cpus: bench.serverCpus, quota: QUOTA }, async (group) => {
    const others = processIds();
    const argv = ['/bin/bench-workload', 'burn', `${BURN_S}`];
    const running = await beginAndHear(bench, subject, group, { argv, quota: QUOTA, cpus: bench.serverCpus });
    try {
      // Seen from outside and before the end: a guest's own clock does not know what it was not given.
      for (let window = 0; window < WINDOWS; window++) {
        const [cpu, at] = [cpuSeconds(others), performance.now()];
        await pause((BURN_S * 900) / WINDOWS);
        const received = (cpuSeconds(others) - cpu) / ((performance.now() - at) / 1000);
        if (!running.started.at.has('exit')) sample(bench, subject, round, 'limit.cpu', received / QUOTA);
      }
      await running.started.until('exit', 60_000, bench.world.signal);
    } finally {
      if (!running.started.at.has('exit')) await running.stop();
    }
  });
  await inGroup(bench, subject, { cpus: bench.serverCpus }, async (group) => {
    const argv = ['/bin/bench-workload', 'hog', `${MEMORY_MIB * 2}`];
    const running = begin(bench, subject, group, { argv, cpus: bench.serverCpus });
    try {
      await running.started.until('exit', HOG_MS, bench.world.signal);
    } catch (error) {
      // A guest at the end of its memory may go round in circles instead of ending: what it reached it has reached.
      bench.world.signal.throwIfAborted();
      if (running.started.out.length === 0) throw error;
    } finally {
      if (!running.started.at.has('exit')) await running.stop();
    }
    const touched = running.started.out.flatMap((line) => /^touched (\d+)/.exec(line)?.[1] ?? []).map(Number);
    sample(bench, subject, round, 'limit.memory', (touched.at(-1) ?? 0) / MEMORY_MIB);
  });
}
