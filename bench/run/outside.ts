// A run from outside: makes ready what needs the network, runs the inside in namespaces of its own,
// cleans up.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { messageOf } from '../../runtime/base/errors.ts';
import type { Schedule } from '../measures/context.ts';
import { processorTicks, shareOf } from '../measures/footprint.ts';
import { buildProgram } from '../programs/build.ts';
import { buildImage, prepareKernel } from '../programs/guest.ts';
import { fetchNewest } from '../programs/newest.ts';
import { buildRoot } from '../programs/root.ts';
import { words } from '../programs/words.ts';
import type { AnyRecord, MeasureName } from '../samples/records.ts';
import type { Target } from '../targets/target.ts';
import { moveIn, moveOut, type Premises } from './clean-up.ts';
import { describeHost } from './host.ts';
import type { Job } from './job.ts';

const LEAST_FREE_BYTES = 2 ** 30;
/** Reserved until the end, so that a full disk still takes the last records and the page. */
const RESERVE_BYTES = 2 ** 24;
const INTERRUPTED = 'it was interrupted: what had been measured until then is shown';

export interface TargetMeasures {
  readonly target: Target;
  readonly measures: readonly MeasureName[];
}

export interface RunOptions {
  readonly repository: string;
  readonly rootfs: string;
  readonly targets: readonly TargetMeasures[];
  /** As they were typed: measures and `goals`. */
  readonly parts: readonly string[];
  readonly quick: boolean;
  readonly runs: number | undefined;
  readonly schedule: Schedule;
  readonly ballastMiB: number;
  readonly command: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Measures, and appends every record to the file. An interruption keeps what was measured. */
export async function measureOutside(options: RunOptions, records: string): Promise<void> {
  const { quick, command, signal, targets, parts } = options;
  const startedAt = new Date(performance.timeOrigin).toISOString();
  const reserve = join(dirname(records), '.reserve');
  const record = (value: AnyRecord) => appendFileSync(records, `${JSON.stringify(value)}\n`);
  writeFileSync(reserve, Buffer.alloc(RESERVE_BYTES, 1));
  writeFileSync(records, '');
  const head = { kind: 'run', version: 1, startedAt, command, quick } as const;
  record({ ...head, measures: [...parts], host: describeHost() });
  const premises = moveIn();
  const before = processorTicks();
  let interrupted = signal.aborted ? INTERRUPTED : undefined;
  try {
    const jobs = targets.length > 0 && !signal.aborted ? await jobsOf(options, records) : [];
    for (const job of jobs) interrupted ??= await runInside(job, premises, signal);
  } finally {
    const left = await moveOut(premises);
    const stolen = shareOf('stolen', 'cpu', before, processorTicks());
    rmSync(reserve, { force: true });
    // A full disk may have cut the last record off.
    truncateSync(records, readFileSync(records).lastIndexOf('\n') + 1);
    record({ kind: 'end', seconds: performance.now() / 1000, left, stolen, interrupted });
  }
}

/** @throws Error that names the file system with too little room for a run. */
export function requireRoom(directories: readonly string[]): void {
  for (const path of [...directories, tmpdir()]) {
    const { bavail, bsize } = statfsSync(path);
    const help = path === tmpdir() ? ', or set TMPDIR' : '';
    if (bavail * bsize < LEAST_FREE_BYTES)
      throw new Error(`less than 1 GiB is free in ${path}: make room${help}`);
  }
}

/** One for the life cycle, one for the rest; either may have nothing to do. */
async function jobsOf(options: RunOptions, records: string) {
  const { repository, quick, runs, schedule, ballastMiB, parts } = options;
  const ready = await makeReady(options);
  const only = (isPart: (measure: MeasureName) => boolean) =>
    options.targets.flatMap(({ target, measures }) => {
      const mine = measures.filter(isPart);
      return mine.length === 0 ? [] : [{ name: target.name, measures: mine }];
    });
  const common = {
    ...{ repository, ...ready, quick, runs, schedule, ballastMiB, records },
    ...{ processors: cpus().length, goals: parts.includes('goals') },
  };
  return [
    { ...common, part: 'lifecycle' as const, targets: only((name) => name === 'lifecycle') },
    { ...common, part: 'rest' as const, targets: only((name) => name !== 'lifecycle') },
  ].filter(({ targets }) => targets.length > 0);
}

async function makeReady({ repository, rootfs, targets, say }: RunOptions) {
  const directory = join(repository, 'build/bench');
  const baseline = buildProgram(repository, 'baseline');
  const starter = buildProgram(repository, 'starter');
  const root = buildRoot(repository, rootfs, buildProgram(repository, 'workload'));
  const image = join(directory, 'root.ext4');
  const names = targets.flatMap(({ target }) => /^(.*)-newest$/.exec(target.name)?.[1] ?? []);
  const newest = await fetchNewest(names, join(directory, 'newest'), say);
  const ready = { baseline, starter, root, image, newest };
  if (!targets.some(({ target }) => target.family === 'vm')) return ready;
  buildImage(root, image);
  try {
    const kernel = await prepareKernel(release(), join(root, 'bin/busybox'), directory, say);
    return { ...ready, kernel };
  } catch (error) {
    return { ...ready, kernelProblem: messageOf(error) };
  }
}

/** Resolves with why it ended early, if so. A second interruption ends the namespaces at once. */
async function runInside(
  job: Omit<Job, 'scratch' | 'prefix'>,
  { scratch: parent, prefix }: Premises,
  signal: AbortSignal,
): Promise<string | undefined> {
  const file = join(parent, `job-${job.part}.json`);
  const scratch = join(parent, job.part);
  mkdirSync(scratch);
  writeFileSync(file, JSON.stringify({ ...job, scratch, prefix } satisfies Job));
  // The shell is PID 1 there and reaps orphans, which Node would not.
  const command = words`--mount --net --pid --fork --kill-child --mount-proc --propagation private
    sh -c ${'"$@" & wait $!'} sh ${process.execPath} ${join(import.meta.dirname, '../main.ts')}
    inside ${file}`;
  const child = spawn('unshare', command, {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    detached: true, // Ctrl-C is for us to pass on
  });
  const stop = () => endGently(child);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const [code, killed] = await once(child, 'close');
  signal.removeEventListener('abort', stop);
  if (signal.aborted) return INTERRUPTED;
  if (code === 0) return undefined;
  return `it ended early, with ${code ?? killed}: what had been measured until then is shown`;
}

function endGently(child: ChildProcess): void {
  const control = child.stdio[3];
  if (control !== undefined && control !== null && 'end' in control) control.end();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => child.kill('SIGKILL'));
  const timeout = setTimeout(() => child.kill('SIGKILL'), 20_000);
  child.once('close', () => clearTimeout(timeout));
}
