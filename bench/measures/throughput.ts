// Saturation: an HTTP server in the target, wrk outside on another processor, more and more connections until throughput stops growing.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requireProgram } from '../places/programs.ts';
import { type Bench, beginAndHear, inGroup, PORT, rotated, type Step, type Subject, sample, settle } from './bench.ts';
import { cpuSeconds, processIds } from './footprint.ts';

const run = promisify(execFile);

export function throughputSteps(bench: Bench): Step[] {
  const rounds = bench.quick ? 1 : 3;
  return Array.from({ length: rounds }, (_, round) =>
    rotated(bench.subjects, ['throughput'], round).map((subject): Step => {
      // The knee is looked for once; the other rounds are for the figures that are compared.
      const connections = bench.quick ? [32] : round > 0 ? [1, 32] : [1, 2, 4, 8, 16, 32];
      const guessS = subject.place.guessS + connections.length * 1.1 + 1;
      const run = () => sweep(bench, subject, round, connections);
      return { measure: 'throughput', target: subject.place.name, round, guessS, run };
    }),
  ).flat();
}

async function sweep(bench: Bench, subject: Subject, round: number, connections: readonly number[]): Promise<void> {
  const wrk = requireProgram('wrk', 'wrk');
  await settle(bench);
  const cpus = bench.serverCpus;
  await inGroup(bench, subject, { cpus }, async (group) => {
    const others = processIds();
    const argv = ['/bin/bench-workload', 'serve', `${PORT}`];
    const running = await beginAndHear(bench, subject, group, { argv, linked: true, cpus });
    try {
      await running.started.until('tcp', 5000, bench.world.signal);
      const url = `http://${subject.opened.address}:${PORT}/`;
      for (const count of connections) await measure(bench, subject, round, wrk, url, count, others);
    } finally {
      await running.stop();
    }
  });
}

interface Answer {
  readonly rate: number;
  readonly failed: number;
  readonly meanUs: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
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
  const before = { server: cpuSeconds(others), busy: busyTicks(), at: performance.now() };
  const answer = await load(bench, wrk, url, count, 1);
  const seconds = (performance.now() - before.at) / 1000;
  const busy = busyTicks();
  const share = (cpu: string) => {
    const [was, is] = [before.busy.get(cpu), busy.get(cpu)];
    return was === undefined || is === undefined ? Number.NaN : (is.busy - was.busy) / Math.max(1, is.all - was.all);
  };
  const note = (quantity: string, value: number) => sample(bench, subject, round, quantity, value, count);
  note('http.rate', answer.rate);
  note('http.p50', answer.p50Us * 1000);
  note('http.p90', answer.p90Us * 1000);
  note('http.p99', answer.p99Us * 1000);
  note('http.max', answer.maxUs * 1000);
  // Little's law: in a closed loop as many requests are under way as there are connections. What lacks was not seen by the client.
  note('http.little', (answer.rate * answer.meanUs) / 1e6 / count);
  note('http.server', (cpuSeconds(others) - before.server) / seconds);
  note('http.serverCpu', share(lastOf(bench.serverCpus)));
  note('http.clientCpu', share(lastOf(bench.clientCpus)));
  if (answer.failed > 0) note('http.failed', answer.failed);
}

/** wrk(1) with a script that prints its summary as JSON. */
async function load(bench: Bench, wrk: string, url: string, connections: number, seconds: number): Promise<Answer> {
  const script = join(import.meta.dirname, 'wrk-summary.lua');
  const options = ['-t', '1', '-c', `${connections}`, '-d', `${seconds}s`, '--latency', '--timeout', '5s', '-s', script];
  const command = ['-c', bench.clientCpus, wrk, ...options, url];
  const { stdout } = await run('taskset', command, { signal: bench.world.signal, timeout: (seconds + 20) * 1000 });
  const line = stdout.split('\n').find((each) => each.startsWith('{'));
  if (line === undefined) throw new Error(`wrk printed no summary: ${stdout.slice(-200)}`);
  const value: unknown = JSON.parse(line);
  const number = (name: string) => {
    const found = typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
    if (typeof found !== 'number') throw new Error(`wrk's summary has no ${name}`);
    return found;
  };
  if (number('requests') === 0) throw new Error('not one request was answered');
  return {
    rate: (number('requests') * 1e6) / number('durationUs'),
    failed: number('failed'),
    ...{ meanUs: number('mean'), p50Us: number('p50'), p90Us: number('p90'), p99Us: number('p99'), maxUs: number('max') },
  };
}

/** Clock ticks of each processor: all, and those in which it did something. proc_stat(5) */
function busyTicks(): Map<string, { busy: number; all: number }> {
  const lines = readFileSync('/proc/stat', 'utf8').matchAll(/^cpu(\d+) (.*)$/gm);
  return new Map(
    [...lines].map(([, cpu = '', rest = '']) => {
      const ticks = rest.split(' ').map(Number);
      const all = ticks.slice(0, 8).reduce((sum, each) => sum + each, 0);
      return [cpu, { all, busy: all - (ticks[3] ?? 0) - (ticks[4] ?? 0) }];
    }),
  );
}

function lastOf(cpus: string): string {
  return cpus.split(/[,-]/).at(-1) ?? cpus;
}
