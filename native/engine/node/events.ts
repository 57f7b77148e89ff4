// The used part of node:events.
import { nodeError } from './errors.ts';

/** Each event has arguments of its own. */
export type Listener = (...args: never) => void;

/** A wrapper of `once` names its listener, so that it can be removed by that, as in Node. */
interface Wrapper {
  readonly listener?: Listener;
}

export class EventEmitter {
  #listeners: Map<string, Listener[]> | undefined;

  on(event: string, listener: Listener): this {
    this.#listeners ??= new Map();
    const before = this.#listeners.get(event);
    // Copies the list, since it may be iterated right now.
    this.#listeners.set(event, before === undefined ? [listener] : [...before, listener]);
    return this;
  }

  once(event: string, listener: Listener): this {
    const call = (...args: readonly unknown[]) => {
      this.removeListener(event, call);
      Reflect.apply(listener, this, args);
    };
    return this.on(event, Object.assign(call, { listener }));
  }

  /** Removes the most recently added one of equal listeners. */
  removeListener(event: string, listener: Listener): this {
    const before = this.#listeners?.get(event) ?? [];
    const at = before.findLastIndex(
      (one: Listener & Wrapper) => one === listener || one.listener === listener,
    );
    if (at < 0) return this;
    const rest = before.toSpliced(at, 1);
    if (rest.length > 0) this.#listeners?.set(event, rest);
    else this.#listeners?.delete(event);
    return this;
  }

  off(event: string, listener: Listener): this {
    return this.removeListener(event, listener);
  }

  listenerCount(event: string): number {
    return this.#listeners?.get(event)?.length ?? 0;
  }

  /** Returns whether there was a listener. @throws the error of an unhandled `error` event */
  emit(event: string, ...args: readonly unknown[]): boolean {
    const listeners = this.#listeners?.get(event);
    if (listeners === undefined) {
      if (event === 'error') throw unheard(args[0]);
      return false;
    }
    for (const listener of listeners) Reflect.apply(listener, this, args);
    return true;
  }
}

function unheard(error: unknown): unknown {
  if (error instanceof Error) return error;
  return nodeError(Error, 'ERR_UNHANDLED_ERROR', `Unhandled error. (${String(error)})`);
}

/** Resolves with the arguments of the next event; rejects if an `error` event comes first. */
export function once(emitter: EventEmitter, event: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown) => {
      emitter.removeListener(event, heard);
      reject(error);
    };
    const heard = (...args: unknown[]) => {
      emitter.removeListener('error', failed);
      resolve(args);
    };
    emitter.once(event, heard);
    if (event !== 'error') emitter.once('error', failed);
  });
}
