// Node's globals that the command uses and QuickJS lacks. Imported first.
import { AbortController, AbortSignal } from './abort.ts';
import { Buffer } from './buffer.ts';
import process, { sinceBegin } from './process.ts';
import { Decoder, Encoder } from './text.ts';
import * as timers from './timers.ts';

const { setTimeout, setInterval, setImmediate, clearTimeout, clearImmediate } = timers;

Object.assign(globalThis, {
  AbortController,
  AbortSignal,
  Buffer,
  TextDecoder: Decoder,
  TextEncoder: Encoder,
  clearImmediate,
  clearInterval: clearTimeout,
  clearTimeout,
  // The engine's own counts from the making of the snapshot.
  performance: { now: sinceBegin },
  process,
  setImmediate,
  setInterval,
  setTimeout,
});

for (const name of ['dispose', 'asyncDispose'])
  if (!Object.hasOwn(Symbol, name))
    Object.defineProperty(Symbol, name, { value: Symbol(`Symbol.${name}`) });
