// One run, from what was asked for to its records.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildExecutable } from '../programs/build.ts';
import { MEASURES } from '../samples/records.ts';
import { TARGETS } from '../targets/catalogue.ts';
import type { Target } from '../targets/target.ts';
import { sweep } from './clean-up.ts';
import { lockBenchmark } from './lock.ts';
import { measureOutside, type RunOptions, requireRoom, type TargetMeasures } from './outside.ts';

/** What the goals of many at once need, whatever else was asked for. */
const DENSITY_GOALS = ['bare', 'terrarium-api'];

/** @throws Error before it begins, or not at all. */
export async function run(
  options: Omit<RunOptions, 'targets'> & { readonly targets: readonly Target[] },
  records: string,
): Promise<void> {
  const { repository, rootfs, parts, say } = options;
  if (process.getuid?.() !== 0)
    throw new Error('containers with limits and machines with links need root: sudo npm run bench');
  if (!existsSync(join(rootfs, 'bin/true')))
    throw new Error(`${rootfs}: no root file system with /bin/true; sudo npm run rootfs makes one`);
  mkdirSync(dirname(records), { recursive: true });
  requireRoom([repository, dirname(records)]);
  const lock = await lockBenchmark();
  try {
    const stale = await sweep(repository);
    const runs = stale === 1 ? 'a killed run' : `${stale} killed runs`;
    if (stale > 0) say(`removed what ${runs} had left`);
    const targets = measuresOf(options.targets, parts);
    if (targets.some(({ target }) => target.name === 'terrarium')) buildExecutable(repository, say);
    await measureOutside({ ...options, targets }, records);
  } finally {
    lock.close();
  }
}

/** Goals are of life cycles of all that can do them, and of many alive at once. */
function measuresOf(chosen: readonly Target[], parts: readonly string[]): TargetMeasures[] {
  const goals = parts.includes('goals');
  return TARGETS.flatMap((target) => {
    const isChosen = chosen.includes(target);
    const measures = MEASURES.filter((name) => {
      const asked = isChosen && parts.includes(name);
      const forGoals =
        goals && (name === 'lifecycle' || (name === 'many' && DENSITY_GOALS.includes(target.name)));
      return target.measures.includes(name) && (asked || forGoals);
    });
    return measures.length === 0 ? [] : [{ target, measures }];
  });
}
