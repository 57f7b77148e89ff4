// AbortController and AbortSignal: https://dom.spec.whatwg.org/#aborting-ongoing-activities. The
// command has no other event targets.

interface AbortEvent {
  readonly type: 'abort';
  readonly target: Signal;
}

type Listener = (event: AbortEvent) => void;

interface Heard {
  readonly listener: Listener;
  readonly once: boolean;
}

class Signal {
  #aborted = false;
  #reason: unknown;
  #heard: readonly Heard[] = [];

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  /** Adding a listener twice adds it once. */
  addEventListener(type: string, listener: Listener, options: { readonly once?: boolean } = {}) {
    if (type !== 'abort' || this.#heard.some((one) => one.listener === listener)) return;
    this.#heard = [...this.#heard, { listener, once: options.once ?? false }];
  }

  removeEventListener(type: string, listener: Listener): void {
    if (type === 'abort') this.#heard = this.#heard.filter((one) => one.listener !== listener);
  }

  /** A listener's exception is an uncaught exception; the other listeners still run. */
  static abort(signal: Signal, reason: unknown): void {
    if (signal.#aborted) return;
    signal.#aborted = true;
    signal.#reason = reason ?? aborted();
    const event: AbortEvent = { type: 'abort', target: signal };
    for (const one of signal.#heard) {
      // An earlier listener may have removed it.
      if (!signal.#heard.includes(one)) continue;
      if (one.once) signal.removeEventListener('abort', one.listener);
      try {
        one.listener.call(signal, event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

/** Has the fields of the standard's DOMException. */
function aborted(): Error {
  const error = new Error('This operation was aborted');
  return Object.assign(error, { name: 'AbortError', code: 20 });
}

const { abort } = Signal;

class Controller {
  readonly signal = new Signal();

  abort(reason?: unknown): void {
    abort(this.signal, reason);
  }
}

export { Controller as AbortController, Signal as AbortSignal };
