// Builds and runs faults/run/inject.c: runs a command with one failing system call.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openPty } from '../../runtime/native/pump.ts';
import type { Point } from '../table/case.ts';
import { readAll } from './terminal.ts';

/** A call seen by the injector. `path`: of its file, or empty. */
export interface Seen extends Point {
  readonly path: string;
}

/** The observed behaviour of a command. */
export interface Observed {
  /** Null after a signal, or if it had to be killed. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly hung: boolean;
  readonly durationMs: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether the call was reached, and the files on its stack, innermost first. */
  readonly injected: { readonly path: string; readonly by: string } | undefined;
  /** A signal by which a runtime process ended itself, and the files on the stack. */
  readonly fatal: { readonly signal: string; readonly by: string } | undefined;
  /** Every call, if recorded. */
  readonly seen: readonly Seen[];
  /** Processes left by the command run until this is called. */
  readonly end: () => Promise<void>;
}

export type Order =
  | { readonly kind: 'record'; readonly calls: readonly string[] }
  | ({ readonly kind: 'fail'; readonly errno: string } & Point);

export interface Command {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly terminal: boolean;
}

const BUILD = join(import.meta.dirname, '../../build/faults');
const INJECTOR = join(BUILD, 'inject');

/** Compiles the injector: seconds the first time, then milliseconds. */
export function buildInjector(): void {
  mkdirSync(BUILD, { recursive: true });
  const source = join(import.meta.dirname, 'inject.c');
  execFileSync('gcc', ['-O1', '-Wall', '-Wextra', '-o', INJECTOR, source], { stdio: 'inherit' });
}

let numbers: ReadonlyMap<string, number> | undefined;

/** Numbers of system calls on this processor, from the compiler. */
function callNumbers(): ReadonlyMap<string, number> {
  numbers ??= new Map(
    execFileSync('gcc', ['-E', '-dM', '-'], { input: '#include <asm/unistd.h>\n' })
      .toString()
      .split('\n')
      .flatMap((line) => {
        const [, name, number] = /^#define __NR_(\w+) (\d+)$/.exec(line) ?? [];
        return name === undefined ? [] : [[name, Number(number)] as const];
      }),
  );
  return numbers;
}

function namesByNumber(): ReadonlyMap<number, string> {
  return new Map([...callNumbers()].map(([name, number]) => [number, name]));
}

function orderWords(order: Order): string[] {
  const number = (call: string) => callNumbers().get(call);
  if (order.kind === 'record')
    return ['record', order.calls.flatMap((call) => number(call) ?? []).join(',')];
  const call = number(order.call);
  if (call === undefined) throw new Error(`unknown system call ${order.call} on this machine`);
  const errno = Object.entries(constants.errno).find(([name]) => name === order.errno)?.[1] ?? 0;
  const verb = order.errno === 'SIGKILL' ? 'kill' : 'fail';
  if (verb === 'fail' && errno === 0)
    throw new Error(`unknown error ${order.errno} on this machine`);
  return [verb, order.role, String(call), String(order.nth), String(errno)];
}

/** Runs the command until it exits, or for `patienceMs`. Its leftovers run until `end()`. */
export async function inject(
  order: Order,
  { argv, env, terminal }: Command,
  patienceMs: number,
): Promise<Observed> {
  const output = join(BUILD, `${process.pid}-${Math.random().toString(36).slice(2)}`);
  const files = [`${output}.out`, `${output}.err`] as const;
  const pty = terminal ? openPty() : undefined;
  const shown = pty && readAll(pty.master);
  const opened = files.map((file) => openSync(file, 'w'));
  const [out = -1, err = -1] = opened;
  const began = performance.now();
  const child = spawn(INJECTOR, ['3', ...orderWords(order), '--', ...argv], {
    stdio: pty ? [pty.slave, pty.slave, pty.slave, 'pipe'] : ['ignore', out, err, 'pipe'],
    env: { ...process.env, ...env },
  });
  for (const fd of [...opened, ...(pty ? [pty.slave] : [])]) closeSync(fd);
  const report = new Report();
  const hung = await report.follow(child, patienceMs);
  const durationMs = performance.now() - began;
  if (hung) await ended(child);
  const [stdout = '', stderr = ''] = files.map((file) => readFileSync(file, 'utf8'));
  for (const file of files) rmSync(file);
  const text = shown === undefined ? undefined : await shown();
  return {
    ...report.result(),
    hung,
    durationMs,
    stdout: text ?? stdout,
    stderr: text ?? stderr,
    end: () => ended(child),
  };
}

/** Traced processes end with it. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}

/** The injector's lines. */
class Report {
  #exit: { exitCode: number | null; signal: string | null } = { exitCode: null, signal: null };
  #injected: Observed['injected'];
  #fatal: Observed['fatal'];
  readonly #seen: Seen[] = [];
  readonly #names = namesByNumber();

  result() {
    return { ...this.#exit, injected: this.#injected, fatal: this.#fatal, seen: this.#seen };
  }

  /** Resolves with false when the command has exited, with true after the timeout. */
  follow(child: ChildProcess, patienceMs: number): Promise<boolean> {
    const pipe = child.stdio[3];
    if (!pipe || !('on' in pipe) || !('read' in pipe)) throw new Error('no pipe to the injector');
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve(true), patienceMs);
      const lines = createInterface({ input: pipe });
      const done = (finish: () => void) => {
        clearTimeout(timer);
        finish();
      };
      lines.on('line', (line) => {
        const fields = line.split('\t');
        if (fields[0] === 'broken') done(() => reject(new Error(`the injector: ${fields[1]}`)));
        if (this.#take(fields)) done(() => resolve(false));
      });
      child.once('error', (error) => done(() => reject(error)));
      child.once('exit', (code) => {
        if (code === 99) done(() => reject(new Error('the injector failed')));
      });
    });
  }

  /** Whether it was the last line about the command itself. */
  #take([kind, ...rest]: readonly string[]): boolean {
    const [first = '', second = '', third = '', fourth = '', fifth = ''] = rest;
    switch (kind) {
      case 'call': {
        const call = this.#names.get(Number(second)) ?? second;
        this.#seen.push({ role: first, call, nth: Number(third), path: fourth });
        return false;
      }
      case 'injected':
        this.#injected = { path: fourth, by: fifth };
        return false;
      case 'fatal':
        this.#fatal ??= { signal: signalName(Number(second)), by: third };
        return false;
      case 'end':
        this.#exit =
          Number(second) === 0
            ? { exitCode: Number(first), signal: null }
            : { exitCode: null, signal: signalName(Number(second)) };
        return true;
      default:
        return false;
    }
  }
}

function signalName(number: number): string {
  const [name] = Object.entries(constants.signals).find(([, value]) => value === number) ?? [];
  return name ?? `SIG${number}`;
}
