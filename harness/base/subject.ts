// A subject: how it opens a container shell, its known options, and its traces on the host.
// Requirements reach containers only through it.
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
  /** `none`, `host`; absent: its own link. */
  readonly network?: string;
  readonly readOnly?: boolean;
  /** Directories with their own tmpfs. */
  readonly tmpfs?: readonly string[];
  /** Without `CAP_`: `SYS_ADMIN`. */
  readonly capAdd?: readonly string[];
  /** CPU weight; the default is 1024. */
  readonly cpuShares?: string;
  /** Namespaces shared with the host or joined. */
  readonly uts?: 'host';
  readonly ipc?: 'host';
  readonly pid?: 'host';
  readonly cgroupns?: 'host';
}

export interface StartRequest<Options extends ShellOptions> {
  readonly options: Partial<Options>;
  readonly rootfs: string;
  readonly hostname: string;
  /** Random; for subjects whose containers have names. */
  readonly name: string;
}

export interface Start {
  readonly commandLine: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The command line shown on the page. Default: `commandLine`. */
  readonly shown?: readonly string[];
  /** Runs after the terminal has closed, in any case: removes leftovers. */
  readonly finish?: () => Promise<unknown> | unknown;
  /** Steps of the start, if the subject reports them; read before `finish`. */
  readonly plan?: () => readonly PlanStep[] | undefined;
}

export interface Subject<Options extends ShellOptions = ShellOptions> {
  readonly name: string;
  /** Known options; others make a requirement *unsupported*. `all`: every option. */
  readonly supports: 'all' | readonly (keyof Options)[];
  start(request: StartRequest<Options>): Start;
  /**
   * A pattern for the end of its prompt. Absent: the shell gets a known prompt, and the container
   * is found from outside by a token.
   */
  readonly prompt?: (hostname: string) => RegExp;
  /**
   * A line that it prints on the terminal at any moment, such as a killed program; the interrupted
   * line is repeated after it. Removed from the output of commands.
   */
  readonly notices?: RegExp;
  /** A daemon starts its containers, not the program that is run. */
  readonly daemon?: boolean;
  /** Command of the host that removes leftovers after kill -9. */
  readonly recovery?: string;
  /**
   * Its own objects on the host for the container of this name, by kind:
   * `{ state: ['/run/…/name'] }`.
   */
  readonly keeps?: (name: string) => Readonly<Record<string, readonly string[]>>;
  /**
   * From the output of a refused start: the missing feature of this host, in words; undefined if
   * the host lacks nothing.
   */
  readonly lacking?: (screen: string) => string | undefined;
  /**
   * The host's PID of the container's first process, if the kernel's files do not show it: for a
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
  if (number === undefined) throw new TypeError(`invalid size ${size}: write it like 64m`);
  return Number(number) * 1024 ** Math.max('bkmg'.indexOf(unit), 0);
}

/** The test uses an option that the subject does not know. */
export class Unsupported extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Unsupported';
  }
}

/** @throws Unsupported for the first unknown option. */
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

/** The options without unknown ones, for optional additions of a test. */
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
