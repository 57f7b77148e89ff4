// One run, from what was asked for to its records.
import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Schedule } from '../measures/context.ts';
import { buildExecutable } from '../programs/build.ts';
import type { MeasureName } from '../samples/records.ts';
import { TARGETS } from '../targets/catalogue.ts';
import type { Target } from '../targets/target.ts';
import { sweep } from './clean-up.ts';
import { measureOutside } from './outside.ts';

/** What the goals of many at once need, whatever else was asked for. */
const DENSITY_GOALS = ['bare', 'terrarium-api'];
const LEAST_FREE_BYTES = 2 ** 30;

export interface RunOptions {
  readonly repository: string;
  readonly rootfs: string;
  readonly targets: readonly Target[];
  /** As they were typed: measures and `goals`. */
  readonly parts: readonly string[];
  readonly quick: boolean;
  readonly runs: number | undefined;
  readonly schedule: Schedule;
  /** Memory that the measuring process holds until its end. */
  readonly ballastMiB: number;
  readonly command: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** @throws Error before it begins, or not at all. */
export async function run(options: RunOptions, records: string): Promise<void> {
  const { repository, rootfs, say } = options;
  if (process.getuid?.() !== 0)
    throw new Error('containers with limits and machines with links need root: sudo npm run bench');
  if (!existsSync(join(rootfs, 'bin/true')))
    throw new Error(`${rootfs}: no root file system with /bin/true; sudo npm run rootfs makes one`);
  mkdirSync(dirname(records), { recursive: true });
  for (const path of [repository, dirname(records), tmpdir()]) requireRoom(path);
  const lock = await lockBenchmark();
  try {
    const stale = await sweep(repository);
    const runs = stale === 1 ? 'a killed run' : `${stale} killed runs`;
    if (stale > 0) say(`removed what ${runs} had left`);
    const targets = measuredTargets(options);
    if (targets.some(({ name }) => name === 'terrarium')) buildExecutable(repository, say);
    await measureOutside({ ...options, targets }, records);
  } finally {
    lock.close();
  }
}

/** @throws Error that names the file system with too little room for a run. */
function requireRoom(path: string): void {
  const { bavail, bsize } = statfsSync(path);
  const help = path === tmpdir() ? ', or set TMPDIR' : '';
  if (bavail * bsize < LEAST_FREE_BYTES)
    throw new Error(`less than 1 GiB is free in ${path}: make room${help}`);
}

/**
 * With the measures that were asked for. Goals are of life cycles of all that can do them, and of
 * many alive at once.
 */
function measuredTargets({ targets: chosen, parts }: RunOptions): Target[] {
  const isForGoals = (target: Target, measure: MeasureName) =>
    measure === 'lifecycle' || (measure === 'many' && DENSITY_GOALS.includes(target.name));
  const isAsked = (target: Target) => (measure: MeasureName) =>
    (parts.includes(measure) && chosen.includes(target)) ||
    (parts.includes('goals') && isForGoals(target, measure));
  return TARGETS.map((target) => ({
    ...target,
    measures: target.measures.filter(isAsked(target)),
  })).filter(({ measures }) => measures.length > 0);
}

/**
 * Two benchmarks at once would measure each other. An abstract socket's name can be bound once, and
 * is free when its process has ended: unix(7).
 * @throws Error when it is taken.
 */
async function lockBenchmark(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = 'another benchmark runs on this machine: they would measure each other';
      reject(cause.code === 'EADDRINUSE' ? new Error(why, { cause }) : cause);
    });
    server.listen('\0terrarium-bench', resolve);
  });
  return server.unref();
}
