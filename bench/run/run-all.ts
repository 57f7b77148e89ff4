// `npm run bench`: all that was asked for, one after the other, and what is made of it: records,
// bench.json, the page, a text.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyse } from '../analysis/analysis.ts';
import { type Change, changesSince, machineDiffers } from '../analysis/changes.ts';
import { parseBaseline, summaryOf } from '../analysis/summary.ts';
import type { Part } from '../cli/arguments.ts';
import { changesText, wholeText } from '../cli/text.ts';
import { ownSpeed } from '../lifecycle/own-speed.ts';
import { benchPage } from '../page/page.ts';
import { buildExecutable } from '../programs/build.ts';
import { readRecords } from '../samples/records.ts';
import type { MeasureName, Place } from '../targets/target.ts';
import { sweep } from './clean-up.ts';
import { compare, requireRoom } from './compare.ts';
import { describeHost } from './host.ts';
import { MEASURES } from './job.ts';
import { lockBenchmark } from './lock.ts';
import { lineTo } from './progress.ts';

export interface WholeOptions {
  readonly repository: string;
  readonly rootfs: string;
  readonly places: readonly Place[];
  readonly only: readonly Part[] | undefined;
  readonly quick: boolean;
  readonly runs: number | undefined;
  readonly baseline: string | undefined;
  readonly command: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** What the goals of many at once need, whatever else was asked for. */
const FOR_GOALS = ['bare', 'terrarium-api'];

/**
 * Resolves with what is printed, and whether it is not whole, or worse than the baseline. Throws an
 * Error before it begins, or not at all.
 */
export async function whole(options: WholeOptions): Promise<{ text: string; failed: boolean }> {
  const { repository, rootfs, places, only, quick, runs, command, signal, say } = options;
  if (process.getuid?.() !== 0)
    throw new Error('containers with limits and machines with links need root: sudo npm run bench');
  if (!existsSync(join(rootfs, 'bin/true')))
    throw new Error(
      `${rootfs}: no root file system with /bin/true; sudo npm run rootfs builds one`,
    );
  const baseline =
    options.baseline === undefined
      ? undefined
      : parseBaseline(readFileSync(options.baseline, 'utf8'), options.baseline);
  const directory = join(repository, 'reports/out');
  mkdirSync(join(directory, 'bench'), { recursive: true });
  requireRoom([repository, directory]);
  const parts = only ?? [...MEASURES, 'goals'];
  const lock = await lockBenchmark();
  try {
    const stale = await sweep(repository);
    if (stale > 0)
      say(`removed what ${stale === 1 ? 'a killed run' : `${stale} killed runs`} had left`);
    if (parts.includes('goals') || places.some(({ name }) => name === 'terrarium'))
      buildExecutable(repository, say);
    const host = describeHost();
    const line = lineTo(process.stderr);
    const apart = parts.includes('goals')
      ? await ownSpeed({ repository, rootfs, quick, signal, line }).finally(line.clear)
      : [];
    const targets = targetsFor(places, parts);
    const records = join(directory, 'bench/samples.ndjson');
    await compare(
      {
        ...{
          repository,
          rootfs,
          targets,
          measures: parts,
          quick,
          runs,
          command,
          host,
          signal,
          apart,
          say,
        },
      },
      records,
    );
    return writeResults(directory, records, baseline);
  } finally {
    lock.close();
  }
}

function targetsFor(
  places: readonly Place[],
  parts: readonly Part[],
): { place: Place; measures: MeasureName[] }[] {
  const measures = MEASURES.filter((name) => parts.includes(name));
  const goals = parts.includes('goals');
  return places.flatMap((place) => {
    const forGoals = goals && FOR_GOALS.includes(place.name) ? (['many'] as const) : [];
    const mine = [...new Set([...measures, ...forGoals])];
    return mine.length === 0 ? [] : [{ place, measures: mine }];
  });
}

/** The page and the figures, from the records alone. */
function writeResults(
  directory: string,
  records: string,
  baseline: ReturnType<typeof parseBaseline> | undefined,
): { text: string; failed: boolean } {
  const analysis = analyse(readRecords(records));
  const summary = summaryOf(analysis);
  const figures = join(directory, 'bench.json');
  const page = join(directory, 'bench.html');
  put(page, benchPage(analysis));
  put(figures, `${JSON.stringify(summary, null, 1)}\n`);
  const changes: Change[] = baseline === undefined ? [] : changesSince(baseline, summary);
  const since =
    baseline === undefined ? [] : [changesText(changes, machineDiffers(baseline, summary))];
  return {
    text: [wholeText(analysis), ...since, [page, figures, records].join('\n')].join('\n\n'),
    failed: analysis.end?.interrupted !== undefined || changes.some(({ worse }) => worse),
  };
}

/** Whole or not at all. */
function put(path: string, text: string): void {
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}
