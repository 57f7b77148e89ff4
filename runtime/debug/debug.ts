// TERRARIUM_DEBUG: what is being done, one line an event, for those who look for a mistake.
import { constants, openSync, writeSync } from 'node:fs';
import { pathOf, visible } from '../base/bytes.ts';
import { monotonicNs } from '../native/addon.ts';

/** What can be chosen. */
const TOPICS = {
  plan: 'what is going to be done, by number of operations',
  ops: 'each operation with its phase, the time it took, and its errno',
  process: 'processes: spawned, executed, ended',
  netlink: 'what is asked of rtnetlink, and its answers',
  claims: 'addresses and ids, claimed and given back',
  signals: 'signals that come, and where they go',
  cleanup: 'what is taken back when a container ends',
} as const;

export type Topic = keyof typeof TOPICS;

/**
 * One event. `id`: the container's, or ''. `atNs`: CLOCK_MONOTONIC nanoseconds of its beginning
 * (default: now). `text` is called only when the topic was chosen.
 */
export type Debug = (topic: Topic, id: string, text: () => string, atNs?: bigint) => void;

/**
 * Undefined unless TERRARIUM_DEBUG is set: `debug?.('ops', id, () => …)` costs a comparison. Read
 * once, when the runtime is loaded; by the released executable when it starts.
 */
export let debug: Debug | undefined = debugOf(process.env);

/** For the executable, whose modules are evaluated before it has an environment. */
export function readDebug(environment: Environment): void {
  debug = debugOf(environment);
}

function debugOf(environment: Environment): Debug | undefined {
  return isDebugging(environment) ? debugging(environment, writeLine) : undefined;
}

/** Whether anything is to be said: errors then have their stack, too. */
export function isDebugging({ TERRARIUM_DEBUG: value }: Environment): boolean {
  return value !== undefined && value !== '' && value !== '0';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @internal The value `1` means every topic; else they are listed, with commas or blanks. */
export function debugging({ TERRARIUM_DEBUG = '' }: Environment, write: Debugging): Debug {
  const words = TERRARIUM_DEBUG.split(/[\s,]+/).filter(Boolean);
  const known = Object.keys(TOPICS);
  const unknown = words.filter((word) => word !== '1' && !known.includes(word));
  const all = words.includes('1');
  const chosen = new Set(words);
  for (const word of unknown)
    write(`terrarium: TERRARIUM_DEBUG: there is no topic ${word}; there are ${known.join(', ')}`);
  return (topic, id, text, atNs) => {
    if (!all && !chosen.has(topic)) return;
    const sinceMs = atNs === undefined ? 0 : Number(monotonicNs() - atNs) / 1e6;
    // It counts from the start of this process.
    const ms = (performance.now() - sinceMs).toFixed(3).padStart(9);
    write(`terrarium[${process.pid}] ${ms} ms ${topic}${id && ` ${id}`}: ${visible(text())}`);
  };
}

type Debugging = (line: string) => void;

let output: number | undefined;

/**
 * To TERRARIUM_DEBUG_FILE, else to standard error: straight to the descriptor, since Node's streams
 * would change the pipe of others. What a full pipe does not take is lost.
 */
function writeLine(line: string): void {
  output ??= outputOf(process.env);
  // A terminal may be raw by then. Only those who look for a mistake wait for this module.
  const { isatty } = process.getBuiltinModule('node:tty');
  const end = output === 2 && isatty(2) ? '\r\n' : '\n';
  try {
    writeSync(output, `${line}${end}`);
  } catch {
    // There is no other place to say so.
  }
}

function outputOf({ TERRARIUM_DEBUG_FILE: file }: Environment): number {
  if (!file) return 2;
  try {
    const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
    return openSync(pathOf(file), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    writeSync(2, `terrarium: TERRARIUM_DEBUG_FILE: ${why}\n`);
    return 2;
  }
}

/** `812 µs`, `12.3 ms`. */
export function took(ns: bigint): string {
  return ns < 10_000_000n ? `${ns / 1000n} µs` : `${(Number(ns) / 1e6).toFixed(1)} ms`;
}
