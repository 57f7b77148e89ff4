// What is said of many at once and of memory. Pure.
import { type Analysis, between, type TargetSummary } from '../analysis/analysis.ts';
import { estimateRatio, median } from '../samples/statistics.ts';
import {
  bytes,
  emulationNote,
  enumerate,
  figure,
  find,
  interval,
  ranked,
  toBare,
  versus,
  withUnit,
} from './phrases.ts';

const OPERATION = 'crowd.operation.';
const FEWEST_TO_JUDGE = 60;
/** Of ten values in random order, one series in fifty is steadier. */
const STEADY = 0.6;

export function explainMany(analysis: Analysis): string[] {
  const measured = analysis.targets.filter(
    ({ reached, family }) => reached.length > 0 && family !== 'control',
  );
  const far = measured
    .filter(
      ({ reached }) => furthest(reached).because === 'number' && furthest(reached).alive >= 1000,
    )
    .map(({ label }) => label);
  return [
    ...(far.length === 0 ? [] : [`1,000 alive at once were reached by ${enumerate(far)}.`]),
    ...measured.flatMap(({ label, reached }) => {
      const { because, alive } = furthest(reached);
      if (because === 'time')
        return [`${label} was stopped at ${figure(alive)} alive: the time for it was over.`];
      if (because !== 'memory') return [];
      return alive === 0
        ? [`${label} was not started even once: too little memory was free.`]
        : [`${label} was stopped at ${figure(alive)} alive, before memory ran short for others.`];
    }),
    ...measured.flatMap((target) => bend(analysis, target)),
    ...measured.flatMap((target) => whatBends(analysis, target)),
    ...bursts(analysis),
    ...emulationNote(measured.map((target) => ({ target }))),
  ];
}

function furthest(reached: TargetSummary['reached']): TargetSummary['reached'][number] {
  return reached.reduce((most, one) => (one.alive > most.alive ? one : most));
}

/**
 * The last tenth of the starts to the first tenth, in the round that went furthest: a trend only if
 * the tenths between rise as well.
 */
function bend({ samples }: Analysis, { name, label }: TargetSummary): string[] {
  const starts = samples
    .all(name, 'crowd.start')
    .filter(({ round }) => round === 0)
    .map(({ value }) => value);
  const each = Math.floor(starts.length / 10);
  if (starts.length < FEWEST_TO_JUDGE) return [];
  const tenths = Array.from({ length: 10 }, (_, index) =>
    starts.slice(index * each, (index + 1) * each),
  );
  const [first = [], last = []] = [tenths[0], tenths.at(-1)];
  const ratio = estimateRatio([last], [first]);
  const alive = figure(starts.length);
  const between = `last tenth of the starts to the first: ${figure(ratio.median)} (${interval(ratio)})`;
  const trend = trendOf(tenths.map((tenth) => median(tenth)));
  if (Math.abs(trend) < STEADY || (ratio.low <= 1 && ratio.high >= 1))
    return [`${label}: no steady change up to ${alive} alive (${between}).`];
  return [
    `${label}: with more alive, up to ${alive}, a start takes ${trend > 0 ? 'longer' : 'shorter'} (${between}).`,
  ];
}

/**
 * Operations of the plan that take longer beside 900 others than beside less than a hundred, those
 * first that grew most.
 */
function whatBends({ samples }: Analysis, { name, label }: TargetSummary): string[] {
  const grown = samples.quantities(name, OPERATION).flatMap((quantity) => {
    const all = samples.all(name, quantity).filter(({ round }) => round === 0);
    const [few, many] = [
      all.filter(({ x = 0 }) => x < 100),
      all.filter(({ x = 0 }) => x >= 900),
    ].map((part) => part.map(({ value }) => value));
    if (few === undefined || many === undefined || few.length === 0 || many.length === 0) return [];
    return estimateRatio([many], [few]).low > 1
      ? [{ operation: quantity.slice(OPERATION.length), us: (median(many) - median(few)) / 1e3 }]
      : [];
  });
  const most = grown.sort((a, b) => b.us - a.us).slice(0, 4);
  if (most.length === 0) return [];
  const list = enumerate(most.map(({ operation, us }) => `${operation} by ${figure(us)} µs`));
  return [
    `${label}: of its plan’s operations, beside 900 others these take longer than beside the first hundred: ${list}.`,
  ];
}

/**
 * Kendall's τ of a series with its order: 1 when each is larger than all before, -1 when smaller.
 */
export function trendOf(values: readonly number[]): number {
  const pairs = values.flatMap((value, index) =>
    values.slice(index + 1).map((later) => Math.sign(later - value)),
  );
  return pairs.reduce((sum, sign) => sum + sign, 0) / pairs.length;
}

function bursts(analysis: Analysis): string[] {
  const [first] = ranked(analysis, 'burst.start').filter(
    ({ target }) => target.family === 'container',
  );
  return first === undefined
    ? []
    : [
        `Eight at once: ${first.target.label} is the quickest container command, ${withUnit(first.measured)} for each.`,
      ];
}

export function explainMemory(analysis: Analysis): string[] {
  const bare = find(analysis, 'bare', 'memory.user');
  const order = ranked(analysis, 'memory.user').filter(({ target }) => target.name !== 'bare');
  const sentences = order.flatMap(({ target, measured }) => {
    const kernel = find(analysis, target.name, 'memory.kernel')?.measured;
    if (kernel === undefined || bare === undefined) return [];
    const beside = Math.max(0, measured.value.median - bare.measured.value.median);
    return [
      `${target.label}: one more costs ${bytes(beside)} of user memory beside the workload and ${bytes(kernel.value.median)} of the kernel’s (at ${measured.x} alive).`,
    ];
  });
  const machines = order.filter(
    ({ target }) => target.family === 'vm' || target.family === 'paravirtual',
  );
  return [
    ...sentences,
    ...machines.flatMap(({ target }) => whyMachines(analysis, target)),
    ...emulationNote(machines),
  ];
}

function whyMachines({ samples }: Analysis, target: TargetSummary): string[] {
  const found = between(samples, target.name, 'runc', 'memory.user');
  if (found === undefined) return [];
  const { facts } = target;
  const managed =
    facts === undefined
      ? ''
      : ` Inside, its kernel (${facts.kernel}) says that it has ${figure(facts.memTotalKiB / 1024)} MiB left to manage.`;
  return [
    `User memory of ${target.label} is ${versus(found.ratio, found.claim, 'runc')}: kernel, page cache and processes of a guest are memory of one host process.${managed}`,
  ];
}

export function explainTeardown(analysis: Analysis): string[] {
  return ranked(analysis, 'crowd.clear')
    .filter(({ target }) => target.family === 'container')
    .map(
      ({ target, measured }) =>
        `${target.label}: ${withUnit(measured)} for each to be gone, ${toBare(measured) ?? 'not compared'}.`,
    );
}
