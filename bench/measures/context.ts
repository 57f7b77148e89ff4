// What every measure has at hand, and how any target is started.
import { setTimeout as pause } from 'node:timers/promises';
import type { Started } from '../programs/starter.ts';
import type { AnyRecord, MeasureName } from '../samples/records.ts';
import { Group } from '../targets/groups.ts';
import type { Command, Context, Opened, Request, Target } from '../targets/target.ts';

export const MEMORY_MIB = 256;
export const PORT = 8080;
/** A command that hangs while it stops something is given up: the group's end does it. */
const STOP_MS = 10_000;

export interface Subject {
  readonly target: Target;
  readonly opened: Opened;
}

/** How many life cycles are timed. */
export interface Schedule {
  readonly rounds: number;
  /** Of each target back to back, in all rounds; half as many with pauses. */
  readonly runs: number;
  readonly gapMs: number;
}

export interface Bench {
  readonly context: Context;
  readonly quick: boolean;
  /** Starts of each target that `--runs` asked for. */
  readonly runs: number | undefined;
  readonly schedule: Schedule;
  readonly subjects: readonly Subject[];
  /** All processors; those of servers and computing targets; and the client's, the others. */
  readonly allCpus: string;
  readonly serverCpus: string;
  readonly clientCpus: string;
  record(record: AnyRecord): void;
}

/** A piece of work that no other target interrupts. `load` is several measures in one start. */
export interface Step {
  readonly measure: MeasureName | 'load' | 'goals';
  readonly target: string;
  readonly round: number;
  readonly guessS: number;
  run(): Promise<void>;
}

export interface Start extends Partial<Pick<Request, 'cpus' | 'quota' | 'linked' | 'detached'>> {
  readonly argv: readonly string[];
  /** Its server starts later: it is not asked for an answer after its first line. */
  readonly later?: boolean;
}

/** One start that was made. */
export interface Running {
  readonly started: Started;
  readonly command: Command;
  /** Ends it as its own commands do: nanoseconds until no process of it is left. */
  stop(): Promise<number>;
}

let number = 0;

/** A new name each time, for containers, groups and programs. */
export function newName({ context }: Bench, { target }: Subject): string {
  return `${context.prefix}-${target.name}-${number++}`;
}

/** What one start of our own API is asked for. */
export function requestOf(bench: Bench, subject: Subject, argv: readonly string[]): Request {
  const id = newName(bench, subject);
  return { id, argv, memoryMiB: MEMORY_MIB, cpus: bench.allCpus, linked: false };
}

interface InGroup {
  readonly cpus?: string;
  readonly quota?: number | undefined;
  /** Whether with the limits that the target cannot set itself. */
  readonly limited?: boolean;
}

/** Runs `work` in a group of its own, which is removed afterwards with everything in it. */
export async function inGroup<T>(
  bench: Bench,
  subject: Subject,
  { cpus = bench.allCpus, quota, limited = true }: InGroup,
  work: (group: Group) => Promise<T>,
): Promise<T> {
  const by = limited ? subject.target.limitedByGroup : [];
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
export function begin(bench: Bench, subject: Subject, group: Group, start: Start): Running {
  const { starter } = bench.context;
  const { linked = false, cpus = bench.allCpus, later = false, ...rest } = start;
  const id = newName(bench, subject);
  const command = subject.opened.command?.({
    ...{ id, memoryMiB: MEMORY_MIB, linked, cpus, group, ...rest },
  });
  if (command === undefined) throw new Error('it is called, not started');
  const { argv, network, mounts, root } = command;
  const tcp = linked && !later ? `${addressOf(bench, subject)}:${PORT}` : undefined;
  const groups = group.entrances;
  const started = starter.start(id, { argv, groups, network, mounts, root, tcp });
  return {
    started,
    command,
    async stop() {
      const begun = process.hrtime.bigint();
      if (command.stop !== undefined) {
        const stopping = starter.start(`${id}-stop`, { argv: command.stop, mounts });
        await stopping.until('exit', STOP_MS, new AbortController().signal).catch(() => {});
      }
      await started.end();
      return Number(process.hrtime.bigint() - begun);
    },
  };
}

/** Where the server of a linked target is found. */
export function addressOf({ context }: Bench, { opened }: Subject): string {
  return opened.address ?? context.link.container;
}

/** As `begin`, and waits for the first line; a start without one in time is stopped. */
export async function beginAndHear(
  bench: Bench,
  subject: Subject,
  group: Group,
  start: Start,
): Promise<Running> {
  const running = begin(bench, subject, group, start);
  const { started, command } = running;
  const leaves = command.leaves === true;
  const moment = leaves ? 'exit' : 'line';
  try {
    await started.until(moment, subject.target.timeoutS * 1000, bench.context.signal);
    if (leaves && started.code !== 0)
      throw new Error(`ended with ${started.code}: ${started.lastWords()}`);
    return running;
  } catch (error) {
    await running.stop();
    throw error;
  }
}

export function sample(
  bench: Bench,
  { target: { name: target } }: Subject,
  round: number,
  quantity: string,
  value: number,
  x?: number,
): void {
  const against = x === undefined ? {} : { x };
  bench.record({ kind: 'sample', target, quantity, round, ...against, value });
}

/** The subjects that take part in one of the measures, beginning with another one in each round. */
export function rotated(
  subjects: readonly Subject[],
  measures: readonly MeasureName[],
  round: number,
): Subject[] {
  const mine = subjects.filter(({ target }) =>
    measures.some((measure) => target.measures.includes(measure)),
  );
  const at = mine.length === 0 ? 0 : round % mine.length;
  return [...mine.slice(at), ...mine.slice(0, at)];
}

/** Steps of some rounds, each of which every subject has a turn in. */
export function inRounds(
  { subjects }: Bench,
  rounds: number,
  measures: readonly MeasureName[],
  stepsOf: (subject: Subject, round: number) => readonly Step[],
): Step[] {
  return Array.from({ length: rounds }, (_, round) =>
    rotated(subjects, measures, round).flatMap((subject) => stepsOf(subject, round)),
  ).flat();
}

export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}

/** What a container leaves to the kernel's workers should not burden the next one. */
export async function settle({ context }: Bench): Promise<void> {
  await pause(40, undefined, { signal: context.signal });
}
