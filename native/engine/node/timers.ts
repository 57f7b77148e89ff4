// The timers of the global scope: node:timers.
import { host } from './host.ts';

/** The longest timeout in milliseconds; a longer one becomes 1, as in Node. */
const LONGEST_MS = 2 ** 31 - 1;

type Callback = (...args: never) => unknown;

export class Timeout {
  readonly #id: number;

  constructor(callback: () => void, ms: number, repeat: boolean) {
    const delay = ms >= 1 && ms <= LONGEST_MS ? Math.trunc(ms) : 1;
    this.#id = host.loop.setTimer(callback, delay, repeat);
  }

  ref(): this {
    host.loop.keepTimer(this.#id, true);
    return this;
  }

  /** Lets the process end before it fires. */
  unref(): this {
    host.loop.keepTimer(this.#id, false);
    return this;
  }

  close(): void {
    host.loop.clearTimer(this.#id);
  }
}

export function setTimeout(callback: Callback, ms = 1, ...args: readonly unknown[]): Timeout {
  return new Timeout(calling(callback, args), ms, false);
}

export function setInterval(callback: Callback, ms = 1, ...args: readonly unknown[]): Timeout {
  return new Timeout(calling(callback, args), ms, true);
}

function calling(callback: Callback, args: readonly unknown[]): () => void {
  return () => {
    Reflect.apply(callback, undefined, args);
  };
}

export function clearTimeout(timer: Timeout | undefined): void {
  timer?.close();
}

export class Immediate {
  readonly #id: number;

  constructor(callback: () => void) {
    this.#id = host.loop.setImmediate(callback);
  }

  close(): void {
    host.loop.clearImmediate(this.#id);
  }
}

export function setImmediate(callback: Callback, ...args: readonly unknown[]): Immediate {
  return new Immediate(calling(callback, args));
}

export function clearImmediate(immediate: Immediate | undefined): void {
  immediate?.close();
}
