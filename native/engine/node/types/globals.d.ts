// The global scope of the executable (../globals.ts), in place of @types/node: the command's use of
// anything else is a type error.
import type * as abort from '../abort.ts';
import type { Buffer as OurBuffer } from '../buffer.ts';
import type ourProcess from '../process.ts';
import type { SIGNALS } from '../signals.ts';
import type { Decoder, Encoder } from '../text.ts';
import type * as timers from '../timers.ts';

declare global {
  type AbortSignal = abort.AbortSignal;
  type AbortController = abort.AbortController;
  type Buffer = OurBuffer;

  var AbortController: typeof abort.AbortController;
  var AbortSignal: typeof abort.AbortSignal;
  var Buffer: typeof OurBuffer;
  var TextDecoder: typeof Decoder;
  var TextEncoder: typeof Encoder;
  var clearImmediate: typeof timers.clearImmediate;
  var clearInterval: typeof timers.clearTimeout;
  var clearTimeout: typeof timers.clearTimeout;
  var performance: { now(): number };
  var process: typeof ourProcess;
  var setImmediate: typeof timers.setImmediate;
  var setInterval: typeof timers.setInterval;
  var setTimeout: typeof timers.setTimeout;
  /** Provided by the engine. */
  function queueMicrotask(callback: () => void): void;

  /** Types only: the code that names them also accepts Node's. */
  // biome-ignore lint/style/noNamespace: @types/node has it
  namespace NodeJS {
    type ProcessEnv = Record<string, string | undefined>;
    type Signals = keyof typeof SIGNALS;
    interface ErrnoException extends Error {
      errno?: number;
      code?: string;
      path?: string;
      syscall?: string;
    }
    type Timeout = timers.Timeout;
  }

  /** Defined by the bundler. */
  interface ImportMeta {
    readonly dirname: string;
    readonly filename: string;
    readonly url: string;
  }
}
