// Which process is meant: a pid alone may be somebody else's by now, together with its start time it is not.
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, proc(5), /proc/PID/stat, field 22. */
  readonly startTime: string;
}

/** Undefined when there is no such process. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const stat = statOf(pid);
  return stat && { pid, startTime: stat.startTime };
}

/** Whether it still runs: a zombie does not. */
export function alive({ pid, startTime }: ProcessIdentity): boolean {
  const stat = statOf(pid);
  return (
    stat !== undefined && stat.state !== 'Z' && stat.state !== 'X' && stat.startTime === startTime
  );
}

/** rt_sigtimedwait(2) by its number. */
const SIGTIMEDWAIT: Readonly<Record<string, string>> = { x64: '128', arm64: '137' };

/**
 * Whether PID 1 of a namespace gets a signal at all: it has a handler (SigCgt of proc(5)), keeps it for signalfd(2) (SigBlk), or is in
 * sigwait(3), during which SigBlk shows nothing. The kernel drops every other, save KILL and STOP from outside.
 */
export function receives(pid: number, signal: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const has = (name: string) =>
      ((BigInt(`0x${field(status, name) || '0'}`) >> BigInt(signal - 1)) & 1n) === 1n;
    return (
      has('SigCgt') ||
      has('SigBlk') ||
      readFileSync(`/proc/${pid}/syscall`, 'latin1').startsWith(`${SIGTIMEDWAIT[process.arch]} `)
    );
  } catch {
    return false;
  }
}

/** Whether it is PID 1 of a PID namespace below ours: NSpid of proc(5). False when it has ended. */
export function isInitOfNamespace(pid: number): boolean {
  const numbers = field(statusOf(pid), 'NSpid').split('\t');
  return numbers.length > 1 && numbers.at(-1) === '1';
}

/** The process that traces it, ptrace(2); 0 when there is none, or the process has ended. */
export function tracerOf(pid: number): number {
  return Number(field(statusOf(pid), 'TracerPid'));
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return '';
  }
}

function field(status: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
}

function statOf(pid: number): { readonly state: string; readonly startTime: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, in parentheses, may hold blanks and parentheses of its own.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? 'X', startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
