// The comparison from outside: makes ready what needs the network, runs the inside in namespaces of
// its own, cleans up.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  readFileSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { machineTicks } from '../measures/footprint.ts';
import { buildFloor, buildStarter, buildWorkload } from '../programs/build.ts';
import { buildImage, type GuestKernel, prepareKernel } from '../programs/guest.ts';
import { buildRoot } from '../programs/root.ts';
import type { AnyRecord, RunRecord } from '../samples/records.ts';
import type { MeasureName, Place } from '../targets/target.ts';
import { moveIn, moveOut } from './clean-up.ts';
import type { Job } from './job.ts';

const LEAST_FREE_BYTES = 2 ** 30;
/**
 * Kept beside the records and given up at the end, so that a full disk still takes the last of them
 * and the page.
 */
const RESERVE_BYTES = 2 ** 24;

export interface CompareOptions {
  readonly repository: string;
  readonly rootfs: string;
  readonly targets: readonly { readonly place: Place; readonly measures: readonly MeasureName[] }[];
  readonly measures: readonly string[];
  readonly quick: boolean;
  readonly runs: number | undefined;
  readonly command: string;
  /** As it was before anything was measured. */
  readonly host: RunRecord['host'];
  readonly signal: AbortSignal;
  /** What was measured apart and belongs to the same page. */
  readonly apart: readonly AnyRecord[];
  readonly say: (line: string) => void;
}

/**
 * Measures and appends every record to `records`. Resolves also when it was interrupted: what was
 * measured until then stays.
 */
export async function compare(options: CompareOptions, records: string): Promise<void> {
  const { repository, targets, measures, quick, runs, command, signal, host } = options;
  const startedAt = new Date(performance.timeOrigin).toISOString();
  const reserve = join(dirname(records), '.reserve');
  const record = (value: AnyRecord) => appendFileSync(records, `${JSON.stringify(value)}\n`);
  writeFileSync(reserve, Buffer.alloc(RESERVE_BYTES, 1));
  writeFileSync(records, '');
  record({ kind: 'run', version: 1, startedAt, command, quick, measures: [...measures], host });
  for (const each of options.apart) record(each);
  const premises = moveIn();
  const { scratch, prefix } = premises;
  const ticks = machineTicks();
  let interrupted = signal.aborted ? INTERRUPTED : undefined;
  try {
    if (targets.length > 0 && !signal.aborted) {
      const ready = await makeReady(options);
      const job: Job = {
        ...{
          repository,
          scratch,
          prefix,
          ...ready,
          quick,
          runs,
          records,
          processors: cpus().length,
        },
        targets: targets.map(({ place: { name }, measures: mine }) => ({
          name,
          measures: [...mine],
        })),
      };
      interrupted = await runInside(job, signal);
    }
  } finally {
    const left = await moveOut(premises);
    const now = machineTicks();
    const all = Math.max(1, now.all - ticks.all);
    rmSync(reserve, { force: true });
    dropHalfLine(records);
    record({
      kind: 'end',
      seconds: performance.now() / 1000,
      left,
      stolen: (now.stolen - ticks.stolen) / all,
      interrupted,
    });
  }
}

/** A full disk ends a record wherever it likes. */
function dropHalfLine(file: string): void {
  truncateSync(file, readFileSync(file).lastIndexOf('\n') + 1);
}

/** @throws Error that names the file system with too little room for a run. */
export function requireRoom(directories: readonly string[]): void {
  for (const path of [...directories, tmpdir()]) {
    const { bavail, bsize } = statfsSync(path);
    if (bavail * bsize < LEAST_FREE_BYTES)
      throw new Error(
        `less than 1 GiB is free in ${path}: make room${path === tmpdir() ? ', or set TMPDIR' : ''}`,
      );
  }
}

type Ready = Pick<Job, 'root' | 'image' | 'starter' | 'kernel' | 'kernelProblem'>;

async function makeReady({ repository, rootfs, targets, say }: CompareOptions): Promise<Ready> {
  buildFloor(repository);
  const starter = buildStarter(repository);
  const root = buildRoot(repository, rootfs, buildWorkload(repository));
  const image = join(repository, 'build/bench/root.ext4');
  if (!targets.some(({ place }) => place.family === 'vm')) return { root, image, starter };
  buildImage(root, image);
  try {
    const kernel: GuestKernel = await prepareKernel(
      release(),
      join(root, 'bin/busybox'),
      join(repository, 'build/bench'),
      say,
    );
    return { root, image, starter, kernel };
  } catch (error) {
    return {
      root,
      image,
      starter,
      kernelProblem: error instanceof Error ? error.message : String(error),
    };
  }
}

const INTERRUPTED = 'it was interrupted: what had been measured until then is shown';

/**
 * Resolves with why it ended early, if it did. A second interruption ends the namespaces with
 * everything in them.
 */
async function runInside(job: Job, signal: AbortSignal): Promise<string | undefined> {
  const file = join(job.scratch, 'job.json');
  writeFileSync(file, JSON.stringify(job));
  const namespaces = [
    '--mount',
    '--net',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--propagation',
    'private',
  ];
  // The shell is PID 1 there and takes in orphans, which Node would not.
  const inside = [process.execPath, join(import.meta.dirname, '../main.ts'), 'inside', file];
  const child = spawn('unshare', [...namespaces, 'sh', '-c', '"$@" & wait $!', 'sh', ...inside], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    detached: true, // Ctrl-C is for us to pass on
  });
  const stop = () => endGently(child);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const [code, killed] = await once(child, 'close');
  signal.removeEventListener('abort', stop);
  if (signal.aborted) return INTERRUPTED;
  return code === 0
    ? undefined
    : `it ended early, with ${code ?? killed}: what had been measured until then is shown`;
}

function endGently(child: ChildProcess): void {
  const control = child.stdio[3];
  if (control !== undefined && control !== null && 'end' in control) control.end();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => child.kill('SIGKILL'));
  const patience = setTimeout(() => child.kill('SIGKILL'), 20_000);
  child.once('close', () => clearTimeout(patience));
}
