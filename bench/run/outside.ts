// A run from outside: makes ready what needs the network, runs the inside in namespaces of its own,
// cleans up.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { messageOf } from '../../runtime/base/errors.ts';
import { processorTicks, shareOf } from '../measures/footprint.ts';
import { buildProgram } from '../programs/build.ts';
import { buildImage, prepareKernel } from '../programs/guest.ts';
import { fetchNewest } from '../programs/newest.ts';
import { buildRoot } from '../programs/root.ts';
import { words } from '../programs/words.ts';
import type { AnyRecord } from '../samples/records.ts';
import { moveIn, moveOut, type Premises } from './clean-up.ts';
import { describeHost } from './host.ts';
import type { Job } from './inside.ts';
import type { RunOptions } from './run.ts';

/** Reserved until the end, so that a full disk still takes the last records and the page. */
const RESERVE_BYTES = 2 ** 24;
const INTERRUPTED = 'it was interrupted: what had been measured until then is shown';

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

/** A job before its requirements are checked. */
type Planned = Omit<Job, 'scratch' | 'prefix'>;

/** One for the life cycle, one for the rest; either may have nothing to do. */
async function jobsOf(options: RunOptions, records: string): Promise<Planned[]> {
  const ready = await makeReady(options);
  const jobs = (['lifecycle', 'rest'] as const).map((part): Planned => {
    const isOfPart = (measure: string) => (measure === 'lifecycle') === (part === 'lifecycle');
    const targets = options.targets
      .map(({ name, measures }) => ({ name, measures: measures.filter(isOfPart) }))
      .filter(({ measures }) => measures.length > 0);
    const goals = options.parts.includes('goals');
    return { ...options, ...ready, part, goals, records, targets };
  });
  return jobs.filter(({ targets }) => targets.length > 0);
}

async function makeReady({ repository, rootfs, targets, say }: RunOptions) {
  const directory = join(repository, 'build/bench');
  const root = buildRoot(repository, rootfs, buildProgram(repository, 'workload'));
  const image = join(directory, 'root.ext4');
  const names = targets.flatMap(({ program, newest }) => (newest && program) || []);
  const guests = targets.some(({ family }) => family === 'vm');
  if (guests) buildImage(root, image);
  const kernel = () =>
    prepareKernel(release(), join(root, 'bin/busybox'), directory, say).catch(messageOf);
  return {
    ...{ root, image, baseline: buildProgram(repository, 'baseline') },
    starter: buildProgram(repository, 'starter'),
    newest: await fetchNewest(names, join(directory, 'newest'), say),
    kernel: guests ? await kernel() : '',
  };
}

/** Resolves with why it ended early, if so. A second interruption ends the namespaces at once. */
async function runInside(
  job: Planned,
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
