// Signals to this command become signals to a container's process.
import { constants } from 'node:os';
import { debug } from '../../debug/debug.ts';
import { isInitOfNamespace, receives, tracerOf } from '../../host/process/process.ts';

const { SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM } = constants.signals;
const ENDING: readonly number[] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];
/** Who presses Ctrl-C so often means it (as docker has it). */
const ENOUGH = 3;
/** How long a traced process may take to end. */
const TRACED_MS = 1000;

export interface Target {
  /** The host's number. */
  readonly pid: number;
  kill(signal: number): void;
}

/** A process that got a signal to end, and that its tracer keeps from it. */
export interface Held {
  readonly tracer: number;
  readonly signal: number;
}

/** Passes signals on as they are, except to a process that cannot get them. */
export class Forwarding {
  readonly #target: Target;
  readonly #held: (held: Held) => void;
  readonly #timers: NodeJS.Timeout[] = [];
  #interrupts = 0;
  #endedFor: number | undefined;

  /** `held`: called when a tracer keeps the process from ending. */
  constructor(target: Target, held: (held: Held) => void) {
    this.#target = target;
    this.#held = held;
    debug?.('signals', '', () => `from now on they go to process ${target.pid}`);
  }

  /** The signal for which the process was killed; undefined when it was not. */
  get endedFor(): number | undefined {
    return this.#endedFor;
  }

  /**
   * The kernel keeps from PID 1 of a namespace what it neither catches nor waits for. A signal to
   * this command means to end the container: then it is killed. Never throws.
   */
  pass(signal: number): void {
    const { pid } = this.#target;
    if (signal === SIGINT) this.#interrupts++;
    const ends = this.#interrupts >= ENOUGH || (isInitOfNamespace(pid) && !receives(pid, signal));
    if (ends && signal !== SIGKILL) this.#endedFor ??= signal;
    if (ends)
      debug?.('signals', '', () => `signal ${signal} would not reach process ${pid}: SIGKILL`);
    try {
      this.#target.kill(ends ? SIGKILL : signal);
    } catch {
      // It has ended.
    }
    if (ENDING.includes(signal))
      this.#timers.push(setTimeout(() => this.#lookForTracer(signal), TRACED_MS));
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #lookForTracer(signal: number): void {
    const tracer = tracerOf(this.#target.pid);
    if (tracer !== 0) this.#held({ tracer, signal });
  }
}
