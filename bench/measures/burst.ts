// Several at once: eight starts in the same moment, and the end of however many are alive.
import { type Bench, begin, inGroup, type Subject, sample } from './context.ts';

const PATIENCE_MS = 30_000;
const ARGV = ['/bin/bench-workload', 'wait'];

export interface Stay {
  end(): Promise<void>;
  /** Where it can be asked whether it is really there: resolves when its program answered. */
  readonly ask?: (() => Promise<void>) | undefined;
}

/** Four at a time: what a person who has to stop many would do. */
export async function clear(staying: Stay[]): Promise<void> {
  const lane = async () => {
    for (let stay = staying.pop(); stay !== undefined; stay = staying.pop()) await stay.end();
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
}

/** Nanoseconds from the first request to the last first line, divided among them. */
export async function burst(
  bench: Bench,
  subject: Subject,
  round: number,
  count: number,
): Promise<void> {
  await inGroup(bench, subject, { limited: false }, async (group) => {
    const all = Array.from({ length: count }, () => begin(bench, subject, group, { argv: ARGV }));
    try {
      await Promise.all(
        all.map(({ started }) => started.until('line', PATIENCE_MS, bench.world.signal)),
      );
      const starts = all.map(({ started }) => Number(started.at.get('start') ?? 0n));
      const lines = all.map(({ started }) => Number(started.at.get('line') ?? 0n));
      sample(
        bench,
        subject,
        round,
        'burst.start',
        (Math.max(...lines) - Math.min(...starts)) / count,
        count,
      );
    } finally {
      await clear(all.map((running) => ({ end: async () => void (await running.stop()) })));
    }
  });
}
