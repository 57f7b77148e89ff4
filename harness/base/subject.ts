// A program under examination: how it opens a container shell, which options it knows, and what it
// leaves to look at. Requirements know no other way to a container.
import type { PlanStep } from '../evidence/model.ts';

/** Options of a container shell, in docker's words. A subject may know fewer, or more. */
export interface ShellOptions {
  /** Default: the suite's. */
  readonly rootfs?: string;
  readonly hostname?: string;
  /** Bytes, with docker's suffixes: `64m`. */
  readonly memory?: string;
  /** Processors: `0.5`. */
  readonly cpus?: string;
  /** Processes and threads. */
  readonly pidsLimit?: string;
  /** `none`, `host`; absent: a link of its own. */
  readonly network?: string;
  readonly readOnly?: boolean;
  /** Directories that get a tmpfs of their own. */
  readonly tmpfs?: readonly string[];
  /** Without `CAP_`: `SYS_ADMIN`. */
  readonly capAdd?: readonly string[];
  /** Processor time against others; 1024 is usual. */
  readonly cpuShares?: string;
  /** Namespaces that are not the container's own. */
  readonly uts?: 'host';
  readonly ipc?: 'host';
  readonly pid?: 'host';
  readonly cgroupns?: 'host';
}

export interface StartRequest<Options extends ShellOptions> {
  readonly options: Partial<Options>;
  readonly rootfs: string;
  readonly hostname: string;
  /** Random; for a subject whose containers have names. */
  readonly name: string;
}

export interface Start {
  readonly commandLine: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What a person would type, for the page. Default: `commandLine`. */
  readonly shown?: readonly string[];
  /** Runs after the terminal has closed, however the test ended: takes back what is left. */
  readonly finish?: () => Promise<unknown> | unknown;
  /** Steps of the start, where the subject tells them; read before `finish`. */
  readonly plan?: () => readonly PlanStep[] | undefined;
}

export interface Subject<Options extends ShellOptions = ShellOptions> {
  readonly name: string;
  /** Options that it knows; others make a requirement *unsupported*. `all`: every one. */
  readonly supports: 'all' | readonly (keyof Options)[];
  start(request: StartRequest<Options>): Start;
  /**
   * What the end of its prompt looks like. Absent: no prompt is assumed, the shell is given one,
   * and the container is found from outside by a token.
   */
  readonly prompt?: (hostname: string) => RegExp;
  /**
   * A line that it prints on the terminal at any moment, such as which program it saw killed; what
   * was on that line is repeated after it. Kept off what commands print.
   */
  readonly notices?: RegExp;
  /** Its containers are started by a daemon, not by the program that is run. */
  readonly daemon?: boolean;
  /** Command of the host that takes back what stays after kill -9. */
  readonly recovery?: string;
  /**
   * What it keeps on the host for the container of this name, beyond what the kernel does, by kind:
   * `{ state: ['/run/…/name'] }`.
   */
  readonly keeps?: (name: string) => Readonly<Record<string, readonly string[]>>;
  /**
   * From what a refused start shows: the feature that this host lacks for it, in words; undefined
   * where the host has all that is needed.
   */
  readonly lacking?: (screen: string) => string | undefined;
  /**
   * The host's number of the container's first process, where the kernel's files do not tell it: a
   * container that shares the host's PID namespace.
   */
  readonly firstProcess?: (name: string) => Promise<number>;
}

/**
 * Bytes of a size in docker's words: `64m`.
 *
 * @throws TypeError for anything else.
 */
export function bytesOf(size: string): number {
  const [, number, unit = ''] = /^(\d+)([bkmg]?)$/.exec(size.toLowerCase()) ?? [];
  if (number === undefined) throw new TypeError(`${size} is no size such as 64m`);
  return Number(number) * 1024 ** Math.max('bkmg'.indexOf(unit), 0);
}

/** Something was asked for that the subject does not know. */
export class Unsupported extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Unsupported';
  }
}

/** Throws Unsupported for the first option that is given and not known. */
export function demandSupport<Options extends ShellOptions>(
  { name, supports }: Subject<Options>,
  options: Partial<Options>,
): void {
  if (supports === 'all') return;
  const known: readonly PropertyKey[] = [...supports, 'rootfs', 'hostname'];
  for (const [option, value] of Object.entries(options))
    if (value !== undefined && !known.includes(option))
      throw new Unsupported(`${name} has no option for ${option}`);
}

/** The options without those that the subject does not know: for what a test only adds. */
export function supported<Options extends ShellOptions>(
  { supports }: Subject<Options>,
  options: Options,
): Partial<Options> {
  if (supports === 'all') return options;
  const known: readonly PropertyKey[] = supports;
  const all: Partial<Options> = { ...options };
  for (const option of keysOf(all)) if (!known.includes(option)) delete all[option];
  return all;
}

function keysOf<Options extends object>(options: Options): (keyof Options)[] {
  const keys: (keyof Options)[] = [];
  for (const key in options) keys.push(key);
  return keys;
}
