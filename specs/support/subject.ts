// Terrarium as the subject of its own requirements: its command line, prompt and executed plan.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type {
  ShellOptions as CommonOptions,
  Subject as CommonSubject,
} from '../../harness/base/subject.ts';
import type { PlanStep } from '../../harness/evidence/model.ts';
import { hasController, hasVeth } from '../../harness/observe/features.ts';
import { linkIfThere, namesIfThere } from '../../harness/observe/if-there.ts';
import { DEFAULT_ROOTFS, journalOf, STATE_DIRECTORY, TERRARIUM } from './places.ts';

/** Options of `terrarium shell` beyond the harness's. */
export interface ShellOptions extends CommonOptions {
  /** Name of the container; generated when absent. */
  readonly name?: string;
  readonly memorySwap?: string;
  readonly cpusetCpus?: string;
  readonly ip?: string;
  readonly init?: boolean;
  readonly volumes?: readonly string[];
  /** Further arguments, unchanged. */
  readonly further?: readonly string[];
  /** Instead of a shell. */
  readonly command?: readonly string[];
}

export type Subject = CommonSubject<ShellOptions>;

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
    capAdd = [],
    cpuShares,
    uts,
    ipc,
    pid,
    cgroupns,
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
    'cpu-shares': cpuShares,
    uts,
    ipc,
    pid,
    'cgroup-ns': cgroupns,
  };
  return [
    ...Object.entries(valued).flatMap(([flag, value]) =>
      value === undefined ? [] : [`--${flag}`, value],
    ),
    ...(readOnly ? ['--read-only'] : []),
    ...(init ? ['--init'] : []),
    ...volumes.flatMap((volume) => ['--volume', volume]),
    ...tmpfs.flatMap((mount) => ['--tmpfs', mount]),
    ...capAdd.flatMap((capability) => ['--cap-add', capability]),
    ...further,
  ];
}

/** Runs one `terrarium` command without a terminal. Does not reject for an exit code. */
export function terrarium(
  args: readonly string[],
  options: { readonly input?: string; readonly env?: Record<string, string> } = {},
) {
  return execa(TERRARIUM, args, {
    reject: false,
    stripFinalNewline: true,
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    // Its output is compared, so without colours, which the caller of the tests may force.
    env: { FORCE_COLOR: '', ...options.env },
  });
}

/** Deletes what a spec may have left under this name, if it has a journal. */
export async function deleteIfThere(name: string): Promise<void> {
  if (existsSync(journalOf(name))) await terrarium(['delete', '--force', name]);
}

/** The command line of `terrarium shell` in the foreground. */
export function shellCommand(options: ShellOptions): string[] {
  return [
    TERRARIUM,
    'shell',
    options.rootfs ?? DEFAULT_ROOTFS,
    options.hostname ?? 'box',
    ...flags(options),
    ...(options.command ? ['--', ...options.command] : []),
  ];
}

/** A container, from `terrarium state`. */
export interface State {
  readonly status: string;
  readonly pid: number;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly oomKilled?: boolean;
}

/** Undefined without a container of this name. */
export async function stateIfThere(name: string): Promise<State | undefined> {
  const { exitCode, stdout } = await terrarium(['state', name, '--format', 'json']);
  return exitCode === 0 ? JSON.parse(stdout) : undefined;
}

/** @throws Error without a container of this name. */
export async function stateOf(name: string): Promise<State> {
  const state = await stateIfThere(name);
  if (state === undefined) throw new Error(`there is no container ${name}`);
  return state;
}

/** The host's PID of the first process of a container, from `terrarium state`. */
export async function hostPid(name: string): Promise<number> {
  return (await stateOf(name)).pid;
}

/** Terrarium, started by another command line: `wrap` gets the usual one. */
export function wrapped(wrap: (commandLine: readonly string[]) => readonly string[]): Subject {
  return {
    name: 'terrarium',
    supports: 'all',
    prompt: (hostname) =>
      new RegExp(`(^|\\n)[^\\n]*@${hostname.replaceAll('.', '\\.')}:[^\\n]*[#$] $`),
    // After the kill of a program, before the shell's prompt or over it.
    notices: /terrarium: [^\n]*/,
    lacking,
    recovery: `${TERRARIUM} gc`,
    keeps,
    firstProcess: hostPid,
    start({ options, rootfs, hostname, name }) {
      const traceFile = join(tmpdir(), `terrarium-${name}.json`);
      const further = [...(options.further ?? []), '--trace-file', traceFile];
      const asked = { ...options, rootfs, hostname };
      return {
        commandLine: wrap(shellCommand({ ...asked, name: options.name ?? name, further })),
        // Without the harness's own options.
        shown: wrap(shellCommand(asked)).map((word) =>
          word.replace(/^.*\/(bin\/terrarium|fixtures\/rootfs\/out\/)/, '$1'),
        ),
        plan: () =>
          existsSync(traceFile) ? planSteps(readFileSync(traceFile, 'utf8')) : undefined,
        async finish() {
          rmSync(traceFile, { force: true });
          await deleteIfThere(options.name ?? name);
        },
      };
    },
  };
}

export const terrariumSubject: Subject = wrapped((commandLine) => commandLine);

/** Its journal, and its address claims. */
function keeps(name: string): Record<string, string[]> {
  const claims = join(STATE_DIRECTORY, '.net');
  return {
    state: namesIfThere(STATE_DIRECTORY).filter((entry) => entry.includes(name)),
    address: namesIfThere(claims).filter((entry) =>
      linkIfThere(join(claims, entry)).includes(name),
    ),
  };
}

/** A missing feature, confirmed by the kernel itself. */
function lacking(screen: string): string | undefined {
  const missing = /cannot be enforced: this host has no (\w+) controller/.exec(screen)?.[1];
  if (missing !== undefined && !hasController(missing)) return `the ${missing} controller`;
  if (/\bveth\b.*: EOPNOTSUPP/.test(screen) && !hasVeth()) return 'a kernel with veth';
  return undefined;
}

interface TracedStep {
  readonly index: number;
  readonly phase: string;
  readonly text: string;
  readonly startNs: number;
  readonly endNs: number;
  readonly errno: number;
}

function planSteps(json: string): PlanStep[] {
  const { trace }: { trace: TracedStep[] } = JSON.parse(json);
  const first = Math.min(...trace.map(({ startNs }) => startNs));
  return trace.map(({ index, phase, text, startNs, endNs, errno }) => ({
    ...{ index, phase, text },
    startNs: startNs - first,
    durationNs: endNs - startNs,
    ...(errno === 0 ? {} : { error: `errno ${errno}` }),
  }));
}
