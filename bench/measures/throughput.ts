// Saturation: an HTTP server in the target, wrk outside on another processor, more and more
// connections until throughput stops growing.
import { requireProgram } from '../programs/find.ts';
import { type Bench, PORT, type Subject, sample } from './context.ts';
import { load } from './window.ts';

/**
 * The ends of the sweep are what is compared, and so they are measured over and over; what is
 * between shows where the knee is.
 */
const COMPARED = [1, 32];
const BETWEEN = [2, 4, 8, 16];

/** How many times, in each round: ten in all. */
const TIMES = [4, 3, 3];
const ROUNDS_BETWEEN = 2;

function windowsOf(quick: boolean, round: number): number[] {
  if (quick) return [1, 32, 32];
  return [
    ...(round < ROUNDS_BETWEEN ? BETWEEN : [8]),
    ...Array.from({ length: TIMES[round] ?? 3 }, () => COMPARED).flat(),
  ];
}

/**
 * Under load, one window after the other, from a server that is up. `others`: processes that are
 * not the target's.
 */
export async function sweep(
  bench: Bench,
  subject: Subject,
  round: number,
  others: ReadonlySet<number>,
): Promise<void> {
  const wrk = requireProgram('wrk', 'wrk');
  const url = `http://${subject.opened.address}:${PORT}/`;
  for (const count of windowsOf(bench.quick, round))
    await measure(bench, subject, round, wrk, url, count, others);
}

async function measure(
  bench: Bench,
  subject: Subject,
  round: number,
  wrk: string,
  url: string,
  count: number,
  others: ReadonlySet<number>,
) {
  const { answer, before, after } = await load(bench, wrk, url, count, others);
  const share = (cpu: string) => {
    const [was, is] = [before.busy.get(cpu), after.busy.get(cpu)];
    return was === undefined || is === undefined
      ? Number.NaN
      : (is.busy - was.busy) / Math.max(1, is.all - was.all);
  };
  const note = (quantity: string, value: number) =>
    sample(bench, subject, round, quantity, value, count);
  note('http.rate', answer.rate);
  note('http.p50', answer.p50Us * 1000);
  note('http.p90', answer.p90Us * 1000);
  note('http.p99', answer.p99Us * 1000);
  note('http.max', answer.maxUs * 1000);
  // Little's law: in a closed loop as many requests are under way as there are connections. What
  // lacks was not seen by the client.
  note('http.little', (answer.rate * answer.meanUs) / 1e6 / count);
  note('http.server', (after.server - before.server) / ((after.at - before.at) / 1000));
  note('http.serverCpu', share(lastOf(bench.serverCpus)));
  note('http.clientCpu', share(lastOf(bench.clientCpus)));
  if (answer.failed > 0) note('http.failed', answer.failed);
}

function lastOf(cpus: string): string {
  return cpus.split(/[,-]/).at(-1) ?? cpus;
}
