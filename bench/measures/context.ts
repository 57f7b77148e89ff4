// What every measure has at hand, and how a target is started, whichever it is.
import { setTimeout as pause } from 'node:timers/promises';
import type { Started } from '../programs/starter.ts';
import type { AnyRecord } from '../samples/records.ts';
import { Group } from '../targets/groups.ts';
import type { Asked, MeasureName, Opened, Place, Way, World } from '../targets/target.ts';

export const MEMORY_MIB = 256;
export const PORT = 8080;
/**
 * A command that is to stop something and hangs is given up after this: the group's end does it.
 */
const STOP_MS = 10_000;

export interface Subject {
  readonly place: Place;
  readonly opened: Opened;
}

export interface Bench {
  readonly world: World;
  readonly quick: boolean;
  /** Runs of each target that `--runs` asked for. */
  readonly runs: number | undefined;
  readonly subjects: readonly Subject[];
  /**
   * All processors, and those that servers and computing targets are given while the client has the
   * others.
   */
  readonly allCpus: string;
  readonly serverCpus: string;
  readonly clientCpus: string;
  record(record: AnyRecord): void;
}

/**
 * A piece of work that is not interrupted by other targets: steps are what is interleaved. `load`
 * is several measures in one start.
 */
export interface Step {
  readonly measure: MeasureName | 'load';
  readonly target: string;
  readonly round: number;
  readonly guessS: number;
  run(): Promise<void>;
}

export interface Wish extends Partial<Pick<Asked, 'cpus' | 'quota' | 'linked' | 'detached'>> {
  readonly argv: readonly string[];
  /** Its server comes later: it is not asked for an answer as soon as it speaks. */
  readonly later?: boolean;
}

/** One start that was made, and how to have it gone. */
export interface Running {
  readonly started: Started;
  readonly way: Way;
  /**
   * Ends it as its own commands do. Resolves with the nanoseconds that took, from the request until
   * no process of it is left.
   */
  stop(): Promise<number>;
}

let number = 0;

/** Containers, groups and programs get this name; it is new every time. */
export function newName(bench: Bench, { place }: Subject): string {
  return `${bench.world.prefix}-${place.name}-${number++}`;
}

/**
 * Runs `work` in a group of its own, which is removed afterwards with everything in it. `limited`:
 * with the limits the target cannot set.
 */
export async function inGroup<T>(
  bench: Bench,
  subject: Subject,
  {
    cpus = bench.allCpus,
    quota,
    limited = true,
  }: { cpus?: string; quota?: number | undefined; limited?: boolean },
  work: (group: Group) => Promise<T>,
): Promise<T> {
  const by = limited ? subject.place.limitedByGroup : [];
  const group = new Group(newName(bench, subject), {
    cpus,
    memoryMiB: by.includes('memory') ? MEMORY_MIB : undefined,
    quota: by.includes('cpu') ? quota : undefined,
  });
  try {
    return await work(group);
  } finally {
    await group.remove();
  }
}

/** Starts a target's workload; returns at once. */
export function begin(bench: Bench, subject: Subject, group: Group, wish: Wish): Running {
  const { world } = bench;
  const { linked = false, cpus = bench.allCpus, later = false, ...rest } = wish;
  const id = newName(bench, subject);
  const way = subject.opened.way({ id, memoryMiB: MEMORY_MIB, linked, cpus, group, ...rest });
  const { argv, network, mounts, root } = way;
  const groups = group.entrances;
  const tcp = linked && !later ? `${subject.opened.address}:${PORT}` : undefined;
  const started = world.starter.start(id, { argv, groups, network, mounts, root, tcp });
  const never = new AbortController().signal;
  return {
    started,
    way,
    async stop() {
      const begun = process.hrtime.bigint();
      if (way.stop !== undefined) {
        const stopping = world.starter.start(`${id}-stop`, { argv: way.stop, mounts });
        await stopping.until('exit', STOP_MS, never).catch(() => {});
      }
      await started.end();
      return Number(process.hrtime.bigint() - begun);
    },
  };
}

/** As `begin`, and waits for the first line; whoever does not say it in time is stopped. */
export async function beginAndHear(
  bench: Bench,
  subject: Subject,
  group: Group,
  wish: Wish,
): Promise<Running> {
  const running = begin(bench, subject, group, wish);
  try {
    await running.started.until(
      running.way.leaves ? 'exit' : 'line',
      subject.place.patienceS * 1000,
      bench.world.signal,
    );
    const { code, err } = running.started;
    if (running.way.leaves && code !== 0)
      throw new Error(`ended with ${code}: ${err.join(' / ').slice(-300)}`);
    return running;
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** Runs the workload to its end and returns what it printed. */
export async function runToEnd(
  bench: Bench,
  subject: Subject,
  group: Group,
  wish: Wish,
  limitMs: number,
): Promise<Started> {
  const running = begin(bench, subject, group, wish);
  try {
    await running.started.until('exit', limitMs, bench.world.signal);
    return running.started;
  } finally {
    if (!running.started.at.has('exit')) await running.stop();
  }
}

export function sample(
  bench: Bench,
  subject: Subject,
  round: number,
  quantity: string,
  value: number,
  x?: number,
): void {
  bench.record({
    kind: 'sample',
    target: subject.place.name,
    quantity,
    round,
    ...(x === undefined ? {} : { x }),
    value,
  });
}

/** The subjects that take part in one of the measures, beginning with another one in each round. */
export function rotated(
  subjects: readonly Subject[],
  measures: readonly MeasureName[],
  round: number,
): Subject[] {
  const mine = subjects.filter(({ place }) =>
    measures.some((measure) => place.measures.includes(measure)),
  );
  const at = mine.length === 0 ? 0 : round % mine.length;
  return [...mine.slice(at), ...mine.slice(0, at)];
}

export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}

/** What a container leaves to the kernel's workers should not burden the next one. */
export async function settle(bench: Bench): Promise<void> {
  await pause(40, undefined, { signal: bench.world.signal });
}
