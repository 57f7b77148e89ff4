// What is promised of many containers alive at once, judged from the same samples as the page.
// Pure.
import type { GoalRecord } from '../samples/records.ts';
import type { Samples } from '../samples/samples.ts';
import { type Estimate, estimate, estimateRatio } from '../samples/statistics.ts';

const OURS = 'terrarium-api';
const [KIB, MIB, MANY] = [1024, 1048576, 1000];

/**
 * Goals whose measure did not run are left out; one that came too short has no value, and says so.
 */
export function crowdGoals(samples: Samples): GoalRecord[] {
  const starts = samples.all(OURS, 'crowd.start').filter(({ round }) => round === 0);
  if (starts.length === 0) return [];
  return [
    ...memoryGoals(samples),
    ...thousandGoals(
      samples,
      starts.map(({ value }) => value),
    ),
  ];
}

/**
 * What keeps one container alive beside its own workload: the same workload on bare metal is taken
 * off.
 */
function memoryGoals(samples: Samples): GoalRecord[] {
  const beside = (quantity: string) => {
    const at = (target: string) => samples.estimate({ target, quantity, x: 100 })?.median;
    const [ours, bare] = [at(OURS), at('bare')];
    return ours === undefined || bare === undefined ? undefined : ours - bare;
  };
  const [user, kernel] = [beside('memory.user'), beside('memory.kernel')];
  const why = 'a hundred at once were not reached by both Terrarium and bare metal';
  return [
    goal(
      'user memory of one more container beside its workload, at 100',
      'KiB',
      16,
      user === undefined ? why : single(user / KIB),
    ),
    goal(
      'kernel memory of one more container beside its workload, at 100',
      'MiB',
      0.6,
      kernel === undefined ? why : single(kernel / MIB),
    ),
  ];
}

function thousandGoals(samples: Samples, starts: readonly number[]): GoalRecord[] {
  const short = `only ${starts.length} of ${MANY} were started`;
  const whole =
    starts.length < MANY
      ? short
      : single(starts.slice(0, MANY).reduce((sum, value) => sum + value, 0) / 1e9);
  const later =
    starts.length < MANY
      ? short
      : estimateRatio([starts.slice(MANY - 100, MANY)], [starts.slice(1, 101)]);
  const filled = samples.estimate({ target: OURS, quantity: 'crowd.filled', x: MANY });
  const alive = samples.estimate({ target: OURS, quantity: 'crowd.answered', x: MANY });
  return [
    goal(
      '1,000 containers alive, eight starts at a time, in',
      's',
      3,
      filled === undefined ? short : single(filled.median / 1e9),
    ),
    goal('the same, one after the other, in', 's', 3, whole),
    goal('a start beside 900 to 1,000 others, to one beside 1 to 100', 'ratio', 1.2, later),
    {
      ...goal('of 1,000 alive, those whose program ran and answered', '', MANY, alive ?? short),
      least: true,
      met: (alive?.median ?? 0) >= MANY,
    },
  ];
}

function single(value: number): Estimate {
  return estimate([[value]]);
}

function goal(name: string, unit: string, bound: number, value: Estimate | string): GoalRecord {
  const head = { kind: 'goal', name, unit, goal: bound, least: false } as const;
  if (typeof value === 'string') return { ...head, met: false, why: value };
  const { median, low, high } = value;
  return { ...head, value: median, low, high, met: median <= bound };
}
