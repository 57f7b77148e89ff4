// What every measure has at hand, and how any target is started.
import { setTimeout as pause } from 'node:timers/promises';
import type { Started } from '../programs/starter.ts';
import type { AnyRecord, MeasureName } from '../samples/records.ts';
import { Group } from '../targets/groups.ts';
import type { Command, Context, Opened, Request, Target } from '../targets/target.ts';

export const MEMORY_MIB = 256;
export const PORT = 8080;
export const SERVE = ['/bin/bench-workload', 'serve', `${PORT}`];
export const WAIT = ['/bin/bench-workload', 'wait'];
/** Limit of a stop command: after it, removing the cgroup kills the processes. */
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

/** A piece of work that no other target interrupts. */
export interface Step {
  readonly measure: MeasureName | 'goals';
  readonly target: string;
  readonly round: number;
  run(): Promise<void>;
}

export interface Start extends Partial<Pick<Request, 'quota' | 'linked' | 'detached'>> {
  readonly argv: readonly string[];
}

/** One start that was made. */
export interface Running {
  readonly started: Started;
  readonly command: Command;
  /** Ends it as its own commands do: nanoseconds until no process of it is left. */
  stop(): Promise<number>;
}

interface InGroup {
  readonly cpus?: string;
  /** Whether with the limits that the target cannot set itself. */
  readonly limited?: boolean;
}

let number = 0;

/** A target's turn in one round of a measure. */
export class Turn {
  readonly bench: Bench;
  readonly target: Target;
  readonly opened: Opened;
  readonly round: number;
  readonly signal: AbortSignal;

  constructor(bench: Bench, { target, opened }: Subject, round: number) {
    this.bench = bench;
    this.target = target;
    this.opened = opened;
    this.round = round;
    this.signal = bench.context.signal;
  }

  step(measure: Step['measure'], run: () => Promise<void>): Step {
    return { measure, target: this.target.name, round: this.round, run };
  }

  /** Records a sample. */
  note(quantity: string, value: number, x?: number): void {
    const against = x === undefined ? {} : { x };
    const { target, round } = this;
    this.bench.record({ kind: 'sample', target: target.name, quantity, round, ...against, value });
  }

  /** A new name each time, for containers, groups and programs. */
  newName(): string {
    return `${this.bench.context.prefix}-${this.target.name}-${number++}`;
  }

  /** Starts our own API's container; undefined for targets that are commands. */
  async call(argv: readonly string[]) {
    this.signal.throwIfAborted();
    const { allCpus: cpus } = this.bench;
    const request = { id: this.newName(), argv, memoryMiB: MEMORY_MIB, cpus, linked: false };
    return this.opened.startInProcess?.(request);
  }

  /** Where the server of a linked target is found. */
  get address(): string {
    return this.opened.address ?? this.bench.context.link.container;
  }

  /** Runs `work` in a group of its own, which is removed afterwards with everything in it. */
  async inGroup<T>(options: InGroup, work: (group: Group) => Promise<T>): Promise<T> {
    const { cpus = this.bench.allCpus, limited = true } = options;
    const hasMemory = limited && this.target.limitedByGroup.includes('memory');
    const memoryMiB = hasMemory ? MEMORY_MIB : undefined;
    const group = new Group(this.newName(), { cpus, memoryMiB });
    try {
      return await work(group);
    } finally {
      await group.remove();
    }
  }

  /** Starts the workload, on the group's processors; returns at once. */
  begin(group: Group, start: Start): Running {
    const { starter } = this.bench.context;
    const { linked = false, ...rest } = start;
    const id = this.newName();
    const { cpus, entrances: groups } = group;
    const request = { id, memoryMiB: MEMORY_MIB, linked, cpus, group, ...rest };
    const command = this.opened.command?.(request);
    if (command === undefined) throw new Error('it is called, not started');
    const { argv, network, root } = command;
    const tcp = linked ? `${this.address}:${PORT}` : undefined;
    const started = starter.start(id, { argv, groups, network, root, tcp });
    return {
      started,
      command,
      async stop() {
        const begun = process.hrtime.bigint();
        if (command.stop !== undefined) {
          const stopping = starter.start(`${id}-stop`, { argv: command.stop });
          await stopping.until('exit', STOP_MS).catch(() => {});
        }
        await started.end();
        return Number(process.hrtime.bigint() - begun);
      },
    };
  }

  /** As `begin`, and waits for the first line; a start without one in time is stopped. */
  async beginAndHear(group: Group, start: Start): Promise<Running> {
    const running = this.begin(group, start);
    const { started, command } = running;
    const leaves = command.leaves === true;
    try {
      await started.until(leaves ? 'exit' : 'line', this.target.timeoutS * 1000, this.signal);
      if (leaves && started.code !== 0)
        throw new Error(`ended with ${started.code}: ${started.lastWords()}`);
      return running;
    } catch (error) {
      await running.stop();
      throw error;
    }
  }

  /** Starts it, and ends it after `work` unless it has ended. Nothing is left when this rejects. */
  async whileUp<T>(group: Group, start: Start, work: (up: Started) => Promise<T>): Promise<T> {
    const { started, stop } = await this.beginAndHear(group, start);
    try {
      return await work(started);
    } finally {
      if (!started.at.has('exit')) await stop();
    }
  }

  /** Starts what ends by itself, and waits for that. */
  async toItsEnd(
    group: Group,
    argv: readonly string[],
    limitMs = this.target.timeoutS * 1000,
  ): Promise<Started> {
    return this.whileUp(group, { argv }, async (started) => {
      await started.until('exit', limitMs, this.signal);
      return started;
    });
  }

  /** Lets the kernel's workers finish one container's clean-up before the next start. */
  async settle(): Promise<void> {
    await pause(40, undefined, { signal: this.signal });
  }
}

/** Steps of some rounds, which all subjects of the measures have a turn in. */
export function inRounds(
  bench: Bench,
  rounds: number,
  measures: readonly MeasureName[],
  stepsOf: (turn: Turn) => readonly Step[],
): Step[] {
  return Array.from({ length: rounds }, (_, round) =>
    turnsOf(bench, measures, round).flatMap(stepsOf),
  ).flat();
}

/** Each round begins with another target. */
export function turnsOf(bench: Bench, measures: readonly MeasureName[], round: number): Turn[] {
  const mine = bench.subjects.filter(({ target }) =>
    measures.some((measure) => target.measures.includes(measure)),
  );
  const at = mine.length === 0 ? 0 : round % mine.length;
  const order = [...mine.slice(at), ...mine.slice(0, at)];
  return order.map((subject) => new Turn(bench, subject, round));
}

export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}
