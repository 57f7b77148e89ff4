// What is examined: a program that opens a container shell from a root file system, a hostname and
// options. Specs know no other.
import { existsSync } from 'node:fs';
import { execa } from 'execa';
import { DEFAULT_ROOTFS, journalOf, TERRARIUM } from './places.ts';

/** Options of a container shell, in docker's words. */
export interface ShellOptions {
  readonly rootfs?: string;
  readonly hostname?: string;
  /** Name of the container; made up when absent. */
  readonly name?: string;
  readonly memory?: string;
  readonly memorySwap?: string;
  readonly cpus?: string;
  readonly cpusetCpus?: string;
  readonly pidsLimit?: string;
  readonly network?: string;
  readonly ip?: string;
  readonly readOnly?: boolean;
  readonly init?: boolean;
  readonly volumes?: readonly string[];
  readonly tmpfs?: readonly string[];
  /** Further arguments, as they stand. */
  readonly further?: readonly string[];
  /** Instead of a shell. */
  readonly command?: readonly string[];
}

/** A program under examination. */
export interface Subject {
  readonly name: string;
  /** The command line that opens this shell in the foreground. */
  commandLine(options: ShellOptions): readonly string[];
  /** The host's number of the first process of a container opened under this name. */
  hostPid(name: string): Promise<number>;
}

function flags(options: ShellOptions): string[] {
  const {
    name,
    memory,
    memorySwap,
    cpus,
    cpusetCpus,
    pidsLimit,
    network,
    ip,
    readOnly,
    init,
    volumes = [],
    tmpfs = [],
    further = [],
  } = options;
  const valued = {
    name,
    memory,
    'memory-swap': memorySwap,
    cpus,
    'cpuset-cpus': cpusetCpus,
    'pids-limit': pidsLimit,
    network,
    ip,
  };
  return [
    ...Object.entries(valued).flatMap(([flag, value]) =>
      value === undefined ? [] : [`--${flag}`, value],
    ),
    ...(readOnly ? ['--read-only'] : []),
    ...(init ? ['--init'] : []),
    ...volumes.flatMap((volume) => ['--volume', volume]),
    ...tmpfs.flatMap((mount) => ['--tmpfs', mount]),
    ...further,
  ];
}

/** Runs one `terrarium` command to its end, without a terminal. Never rejects for an exit code. */
export function terrarium(
  args: readonly string[],
  options: { readonly input?: string; readonly env?: Record<string, string> } = {},
) {
  return execa(TERRARIUM, args, {
    reject: false,
    stripFinalNewline: true,
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    // What it says is compared: without the colours that the caller of the tests may force.
    env: { FORCE_COLOR: '', ...options.env },
  });
}

/**
 * Deletes what a spec may have left under this name: nothing to ask for where there is no journal
 * of it.
 */
export async function deleteIfThere(name: string): Promise<void> {
  if (existsSync(journalOf(name))) await terrarium(['delete', '--force', name]);
}

export const terrariumSubject: Subject = {
  name: 'terrarium',
  commandLine: (options) => [
    TERRARIUM,
    'shell',
    options.rootfs ?? DEFAULT_ROOTFS,
    options.hostname ?? 'box',
    ...flags(options),
    ...(options.command ? ['--', ...options.command] : []),
  ],
  async hostPid(name) {
    const { stdout } = await terrarium(['state', name, '--format', 'json']);
    const { pid }: { pid: number } = JSON.parse(stdout);
    return pid;
  },
};
