// Signals to this command, from before anything is made until everything is undone.
import { constants } from 'node:os';
import { TerrariumError } from '../../base/errors.ts';
import { debug } from '../../debug/debug.ts';
import { signalNumber } from '../../host/process/signals.ts';
import { isIgnored } from './caller.ts';
import type { Io } from './io.ts';

/** What ends this command, unless its container takes it as something else. */
const ENDING = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGALRM',
  'SIGVTALRM',
  'SIGXCPU',
  'SIGIO',
  'SIGPWR',
  'SIGSTKFLT',
] as const;
/** What else a person or a supervisor may send to this command and mean for the container. */
const OTHERS = ['SIGUSR1', 'SIGUSR2'] as const;
/** After a mistake of our own: how long an orderly end may take. */
const ORDERLY_MS = 5000;

const { SIGKILL } = constants.signals;

/** A signal ended this command before its work was done; everything made so far is undone. */
export class EndedBySignal extends TerrariumError {
  override name = 'EndedBySignal';
  readonly number: number;

  constructor(name: string) {
    super(`ended by ${name}`);
    this.number = signalNumber(name) ?? 0;
  }
}

/** A container that gets the signals which come from now on. Never throws. */
export type Receiver = (signal: number) => void;

/**
 * Hears signals without ever throwing. Until there is a receiver, and after it, the ending ones
 * abort what is being done; the others are kept for the receiver.
 */
export class Signals implements Disposable {
  readonly #abort = new AbortController();
  readonly #undo: (() => void)[] = [];
  readonly #deaf: (() => void)[] = [];
  #ending = false;
  readonly #kept = new Set<number>();
  #receiver: Receiver | undefined;
  #failure: unknown;

  constructor(io: Io) {
    for (const name of ENDING)
      this.#deaf.push(hear(name, (number) => this.#onEnding(name, number)));
    // These stay: when everything is undone they mean nothing, and would still end the process.
    for (const name of OTHERS) hear(name, (number) => this.#onOther(number));
    for (const output of [io.stdout, io.stderr]) {
      const wait = output.doNotWait?.();
      if (wait) this.#undo.push(wait);
    }
    // A mistake in a callback of ours is no reason to leave a container behind.
    process.setUncaughtExceptionCaptureCallback((error) => this.#onFailure(error));
    this.#undo.push(() => process.setUncaughtExceptionCaptureCallback(null));
  }

  /** Whether a signal came that ends this command: one more must not change its status. */
  get ending(): boolean {
    return this.#ending;
  }

  /** For what can be ended at any moment: its reason is an EndedBySignal. */
  get aborting(): AbortSignal {
    return this.#abort.signal;
  }

  /** Until the result is called, signals are the receiver's; it gets what was kept at once. */
  passTo(receiver: Receiver): () => void {
    this.#receiver = receiver;
    for (const number of this.#kept) receiver(number);
    this.#kept.clear();
    return () => {
      this.#receiver = undefined;
    };
  }

  /** @throws EndedBySignal when one came that no receiver got, or what a callback threw */
  throwIfEnded(): void {
    this.#abort.signal.throwIfAborted();
  }

  /**
   * What could not be written is written. From here on a signal ends the process, unless it is
   * ending for one: the next must not change its status.
   */
  [Symbol.dispose](): void {
    if (!this.#ending) for (const stop of this.#deaf.splice(0)) stop();
    for (const undo of this.#undo.splice(0)) undo();
  }

  #onEnding(name: string, number: number): void {
    debug?.(
      'signals',
      '',
      () => `${name} came${this.#receiver ? '' : ': what is being done ends'}`,
    );
    this.#ending = true;
    if (this.#receiver) this.#receiver(number);
    else if (!this.#abort.signal.aborted) this.#abort.abort(new EndedBySignal(name));
  }

  #onOther(number: number): void {
    debug?.('signals', '', () => `signal ${number} came${this.#receiver ? '' : ': kept'}`);
    if (this.#receiver) this.#receiver(number);
    else this.#kept.add(number);
  }

  #onFailure(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#abort.abort(error);
    this.#receiver?.(SIGKILL);
    setTimeout(() => {
      this[Symbol.dispose]();
      throw error;
    }, ORDERLY_MS).unref();
  }
}

/** Whatever our caller ignores we ignore. Answers how to stop. */
function hear(name: NodeJS.Signals, on: (number: number) => void): () => void {
  if (isIgnored(name)) return () => {};
  const listener = () => on(constants.signals[name]);
  process.on(name, listener);
  return () => process.removeListener(name, listener);
}
