// Talks to the C baseline, which makes a container's system calls itself or spawns commands, and
// times them: no figure includes the cost of spawning from Node. The calls are its own; what they
// are given, the filter and the limits' values, is the runtime's.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';
import { cgroupMounts } from '../../harness/observe/mounts.ts';
import { DEFAULT_CAPABILITIES, DEFAULT_DEVICE_RULES } from '../../runtime/config/defaults.ts';
import { filterOf } from '../../runtime/execute/spawn/filter.ts';
import { words } from './words.ts';

/** What to time, after `warmup` runs that are not counted; with lanes: in each of them. */
export interface Series {
  readonly pace: { readonly gapMs: number; readonly lanes: number };
  readonly runs: number;
  readonly warmup: number;
  readonly signal: AbortSignal;
}

const BYTES = 256 * 1048576;
/** By controller. What v1 does for devices is a BPF program on v2, which the baseline leaves out. */
const LIMITS = {
  v1: {
    memory: [`memory.limit_in_bytes=${BYTES}`, `memory.memsw.limit_in_bytes=${BYTES}`],
    cpu: ['cpu.cfs_period_us=100000', 'cpu.cfs_quota_us=100000'],
    ...{ cpuacct: [], pids: ['pids.max=64'], devices: [] },
  },
  v2: {
    memory: [`memory.max=${BYTES}`, 'memory.swap.max=0'],
    ...{ cpu: ['cpu.max=100000 100000'], pids: ['pids.max=64'] },
  },
} as const;
const DEVICES = DEFAULT_DEVICE_RULES.map(
  ({ allow, type, major = '*', minor = '*', access }) =>
    `devices.${allow ? 'allow' : 'deny'}=${type === 'a' ? 'a' : `${type} ${major}:${minor} ${access}`}`,
);

/** What the baseline is asked for a container. `scratch`: a directory for its filter. */
export function containerFlags(rootfs: string, scratch: string, limited: boolean): string[] {
  const filter = join(scratch, 'filter');
  const ops = [
    { kind: 'seccomp', profile: 'default', capabilities: DEFAULT_CAPABILITIES },
  ] as const;
  writeFileSync(filter, filterOf(ops) ?? '');
  return words`--rootfs ${rootfs} --filter ${filter} ${groupFlags(limited)}`;
}

/** A group in each v1 hierarchy that is used, else in the v2 tree, which passes controllers on. */
function groupFlags(limited: boolean): string[] {
  const set = (settings: readonly string[]) => settings.flatMap((one) => ['--set', one]);
  const mounts = cgroupMounts();
  const v1 = mounts.flatMap(({ type, point, superOptions }) => {
    const used = Object.entries(LIMITS.v1).filter(([name]) => superOptions.includes(name));
    if (type !== 'cgroup' || used.length === 0) return [];
    const devices = superOptions.includes('devices') ? DEVICES : [];
    const limits = limited ? used.flatMap(([, settings]) => settings) : [];
    return ['--group', point, ...set([...limits, ...devices])];
  });
  const unified = mounts.find(({ type }) => type === 'cgroup2')?.point;
  if (v1.length > 0 || unified === undefined) return v1;
  const here = readFileSync(join(unified, 'cgroup.controllers'), 'utf8').trim().split(' ');
  const used = Object.entries(LIMITS.v2).filter(([name]) => here.includes(name));
  for (const [name] of used) writeFileSync(join(unified, 'cgroup.subtree_control'), `+${name}`);
  const limits = limited ? used.flatMap(([, settings]) => settings) : [];
  return ['--clone-into', unified, ...set(limits)];
}

const Line = v.object({ ns: v.number(), runs: v.optional(v.number(), 1) });

/**
 * Times what the arguments ask for. `{}` in a command becomes the number of the lane; it must exit
 * with 0. The program has a process group of its own: Ctrl-C reaches us alone, and the series is
 * asked to end after the run at hand.
 */
export async function timeSeries(
  program: string,
  what: readonly string[],
  { pace, runs, warmup, signal }: Series,
): Promise<{ ns: number }[]> {
  signal.throwIfAborted();
  const flags = words`--count ${runs} --warmup ${warmup} --gap-ms ${pace.gapMs}`;
  const args = [...flags, '--lanes', `${pace.lanes}`, ...what];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const closed = new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  const [code, out, err] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  const name = what.join(' ').slice(0, 200);
  if (code !== 0) throw new Error(`${name}: exit code ${code}: ${err.trim()}`);
  const lines = out.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const parsed = v.parse(Line, JSON.parse(line));
    return { ns: parsed.ns / parsed.runs };
  });
}
