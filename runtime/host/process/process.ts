// Which process is meant: a pid alone may be another process's by now, together with its start time
// it is not.
import { readFileSync } from 'node:fs';
import { absentOr } from '../files.ts';
import { ownWorld } from './world.ts';

export interface ProcessIdentity {
  readonly pid: number;
  /**
   * Clock ticks since boot, proc(5), /proc/PID/stat, field 22, by the clock of the initial time
   * namespace.
   */
  readonly startTime: string;
}

/** TIME_NS_INIT_INO of linux/nsfs.h */
const INITIAL_TIME_INODE = '4026531834';
/** USER_HZ, which is the same on all that we run on. */
const TICKS = 100n;

let shift: bigint | undefined;

/**
 * By how much our time namespace shifts start times, in clock ticks: time_namespaces(7). Read once.
 */
function timeShift(): bigint {
  shift ??= readTimeShift();
  return shift;
}

function readTimeShift(): bigint {
  try {
    if (ownWorld().timeNamespace.endsWith(`:${INITIAL_TIME_INODE}`)) return 0n;
    return shiftOf(readFileSync('/proc/self/timens_offsets', 'latin1'));
  } catch (error) {
    // No time namespaces in this kernel.
    return absentOr(error) ?? 0n;
  }
}

/** Parses timens_offsets: seconds and nanoseconds of the boot clock, in ticks. Pure. */
export function shiftOf(offsets: string): bigint {
  const [, seconds = '0', nanoseconds = '0'] =
    /^(?:boottime|7)\s+(-?\d+)\s+(\d+)/m.exec(offsets) ?? [];
  return BigInt(seconds) * TICKS + BigInt(nanoseconds) / (1_000_000_000n / TICKS);
}

/** Undefined when there is no such process. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const stat = statOf(pid);
  return stat && { pid, startTime: stat.startTime };
}

/** Whether it still runs: a zombie does not. @throws Node's error when that cannot be seen. */
export function alive({ pid, startTime }: ProcessIdentity): boolean {
  const stat = statOf(pid);
  return (
    stat !== undefined &&
    stat.state !== 'Z' &&
    stat.state !== 'X' &&
    startedTogether(stat.startTime, startTime)
  );
}

/**
 * A time namespace may shift by parts of a tick, and the kernel rounds after that. No pid comes
 * round within two ticks.
 */
function startedTogether(one: string, other: string): boolean {
  return one === other || Math.abs(Number(one) - Number(other)) <= 1;
}

/** rt_sigtimedwait(2) by its number. */
const SIGTIMEDWAIT: Readonly<Record<string, string>> = { x64: '128', arm64: '137' };

/**
 * Whether PID 1 of a namespace gets a signal at all: it has a handler (SigCgt of proc(5)), keeps it
 * for signalfd(2) (SigBlk), or is in sigwait(3), during which SigBlk shows nothing. The kernel
 * drops every other, save KILL and STOP from outside.
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

/** @throws Node's error when it cannot be read: a process is not to be taken for dead then. */
function statOf(pid: number): { readonly state: string; readonly startTime: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, in parentheses, may hold blanks and parentheses of its own.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const startTime = fields[19] ?? '0';
    const ticks = timeShift();
    return {
      state: fields[0] ?? 'X',
      startTime: ticks === 0n ? startTime : String(BigInt(startTime) - ticks),
    };
  } catch (error) {
    return absentOr(error);
  }
}
