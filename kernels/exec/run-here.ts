// A user's test program on this very machine, without a guest.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { textIfThere } from '../../harness/observe/if-there.ts';
import type { Program, ProgramEnd } from './program.ts';

const running = new Set<ChildProcess>();

/** Kills every program that was started here: one in a session of its own outlives a Ctrl-C. */
export function endPrograms(): void {
  for (const child of running) endGroup(child, 'SIGKILL');
}

function endGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // The whole group has ended.
  }
}

/**
 * As kernels/guest/inside/exec.sh does it: a copy, in a session of its own, ended after `limitS`
 * seconds with all that is in its process group.
 */
export async function runHere(
  { name, args, files }: Program,
  limitS: number,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<ProgramEnd> {
  const copy = join(directory, 'exec');
  mkdirSync(copy, { recursive: true });
  for (const entry of files) {
    const path = join(copy, entry.path);
    if (entry.kind === 'directory') mkdirSync(path, { recursive: true });
    if (entry.kind === 'file') writeFileSync(path, entry.content, { mode: entry.mode ?? 0o644 });
    if (entry.kind === 'link') symlinkSync(entry.to, path);
  }
  const logs = ['stdout', 'stderr'].map((stream) => join(directory, stream));
  const descriptors = logs.map((path) => openSync(path, 'w'));
  const started = performance.now();
  let timedOut = false;
  const child = spawn(join(copy, name), args, {
    ...{ cwd: copy, detached: true, stdio: ['ignore', ...descriptors] },
    env,
  });
  for (const descriptor of descriptors) closeSync(descriptor);
  running.add(child);
  const end = (signal: NodeJS.Signals) => endGroup(child, signal);
  const timers = [
    setTimeout(() => {
      timedOut = true;
      end('SIGTERM');
    }, limitS * 1000),
    setTimeout(() => end('SIGKILL'), limitS * 1000 + 5000),
  ];
  const exitCode = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code, signal) => resolve(code ?? 128 + numberOf(signal)));
  });
  for (const timer of timers) clearTimeout(timer);
  end('SIGKILL');
  running.delete(child);
  const [stdout = '', stderr = ''] = logs.map(textIfThere);
  return {
    exitCode,
    timedOut,
    durationMs: Math.round(performance.now() - started),
    stdout,
    stderr,
  };
}

function numberOf(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal];
}
