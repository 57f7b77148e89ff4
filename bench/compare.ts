// The comparison from outside: makes ready what needs the network, runs the inside in namespaces of its own, cleans up, writes the page.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFloor, buildStarter, buildWorkload } from './build-programs.ts';
import { removeGroups } from './groups.ts';
import { describeHost } from './host.ts';
import type { Job } from './job.ts';
import { hostState, leftSince } from './leftovers.ts';
import { machineTicks } from './measures/footprint.ts';
import { buildImage, type GuestKernel, prepareKernel } from './places/guest.ts';
import type { MeasureName, Place } from './places/place.ts';
import type { AnyRecord, GoalRecord } from './records.ts';
import { buildRoot } from './root.ts';

const LEAST_FREE_BYTES = 2 ** 30;
/** What peers make beside what they are asked for, empty when they are gone. */
const OF_PEERS = /libpod|lxc|docker|machine|nspawn|payload|pivot/;

export interface CompareOptions {
  readonly repository: string;
  readonly rootfs: string;
  readonly places: readonly Place[];
  readonly measures: readonly MeasureName[];
  readonly quick: boolean;
  readonly runs: number | undefined;
  readonly command: string;
  readonly signal: AbortSignal;
  /** What was measured apart and belongs to the same page. */
  readonly goals: readonly GoalRecord[];
  readonly say: (line: string) => void;
}

/** Measures and appends every record to `records`. Resolves also when it was interrupted: what was measured until then stays. */
export async function compare(options: CompareOptions, records: string): Promise<void> {
  const { repository, places, measures, quick, runs, command, signal } = options;
  requireRoom(repository);
  const startedAt = new Date().toISOString();
  const record = (value: AnyRecord) => appendFileSync(records, `${JSON.stringify(value)}\n`);
  const host = describeHost();
  writeFileSync(records, '');
  record({ kind: 'run', version: 1, startedAt, command, quick, measures: [...measures], host });
  for (const goal of options.goals) record(goal);
  const scratch = mkdtempSync(join(tmpdir(), 'terrarium-bench-'));
  const prefix = `tb${process.pid}`;
  const before = hostState();
  const [begun, ticks] = [performance.now(), machineTicks()];
  const busyBefore = process.cpuUsage();
  let interrupted: string | undefined;
  try {
    if (measures.length > 0) {
      const ready = await makeReady(options);
      const job: Job = {
        ...{ repository, scratch, prefix, ...ready, quick, runs, records, processors: cpus().length },
        ...{ targets: places.map(({ name }) => name), measures: [...measures] },
      };
      interrupted = await runInside(job, signal);
    }
  } finally {
    const left = await cleanUp(prefix, scratch, before);
    const now = machineTicks();
    const all = Math.max(1, now.all - ticks.all);
    const own = process.cpuUsage(busyBefore);
    record({
      ...{ kind: 'end', seconds: (performance.now() - begun) / 1000, left, stolen: (now.stolen - ticks.stolen) / all },
      ...{ othersBusy: Math.max(0, (now.busy - ticks.busy) / all - (own.user + own.system) / 1e6 / (all / 100)) },
      ...(interrupted === undefined ? {} : { interrupted }),
    });
  }
}

function requireRoom(repository: string): void {
  for (const path of [repository, tmpdir()]) {
    const { bavail, bsize } = statfsSync(path);
    if (bavail * bsize < LEAST_FREE_BYTES) throw new Error(`less than 1 GiB is free in ${path}: make room, or set TMPDIR`);
  }
}

type Ready = Pick<Job, 'root' | 'image' | 'starter' | 'kernel' | 'kernelProblem'>;

async function makeReady({ repository, rootfs, places, say }: CompareOptions): Promise<Ready> {
  buildFloor(repository);
  const starter = buildStarter(repository);
  const root = buildRoot(repository, rootfs, buildWorkload(repository));
  const image = join(repository, 'build/bench/root.ext4');
  if (!places.some(({ family }) => family === 'vm')) return { root, image, starter };
  buildImage(root, image);
  try {
    const kernel: GuestKernel = await prepareKernel(release(), join(root, 'bin/busybox'), join(repository, 'build/bench'), say);
    return { root, image, starter, kernel };
  } catch (error) {
    return { root, image, starter, kernelProblem: error instanceof Error ? error.message : String(error) };
  }
}

/** Resolves with why it ended early, if it did. A second interruption ends the namespaces with everything in them. */
async function runInside(job: Job, signal: AbortSignal): Promise<string | undefined> {
  const file = join(job.scratch, 'job.json');
  writeFileSync(file, JSON.stringify(job));
  const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private'];
  // The shell is PID 1 there and takes in orphans, which Node would not.
  const inside = [process.execPath, join(import.meta.dirname, 'inside.ts'), file];
  const child = spawn('unshare', [...namespaces, 'sh', '-c', '"$@" & wait $!', 'sh', ...inside], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    detached: true, // Ctrl-C is for us to pass on
    env: { ...process.env, TERRARIUM_STATE: join(job.scratch, 'terrarium') },
  });
  const stop = () => endGently(child);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const [code] = await once(child, 'close');
  signal.removeEventListener('abort', stop);
  if (signal.aborted) return 'it was interrupted: what had been measured until then is shown';
  return code === 0 ? undefined : `it ended early, with ${code}`;
}

function endGently(child: ChildProcess): void {
  const control = child.stdio[3];
  if (control !== undefined && control !== null && 'end' in control) control.end();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill('SIGKILL'));
  const patience = setTimeout(() => child.kill('SIGKILL'), 20_000);
  child.once('close', () => clearTimeout(patience));
}

/** Processes, mounts and links went with their namespaces; groups are the host's. What is there now of ours or the peers', and was not. */
async function cleanUp(prefix: string, scratch: string, before: ReadonlySet<string>): Promise<string[]> {
  await removeGroups(prefix);
  await removeGroups(`terrarium-${prefix}`);
  rmSync(scratch, { recursive: true, force: true });
  const ours = (line: string) => line.includes(prefix) || OF_PEERS.test(line);
  const left = (await leftSince(new Set([...before, ...[...hostState()].filter((line) => !ours(line))]))).filter(ours);
  for (const line of left) {
    const name = /^cgroup \/.*\/cgroup\/[^/]+\/([^/]+)$/.exec(line)?.[1];
    if (name !== undefined) await removeGroups(name);
  }
  return [...hostState()].filter((line) => !before.has(line) && ours(line));
}
