// What is said of many at once and of memory. Pure.
import { type Analysis, between, type TargetSummary } from '../analysis/analysis.ts';
import { estimateRatio, median } from '../samples/statistics.ts';
import {
  about,
  bytes,
  emulationNote,
  figure,
  find,
  interval,
  isContainer,
  isMachine,
  ranked,
  toBare,
  versus,
  withUnit,
} from './phrases.ts';

const OPERATION = 'density.operation.';
const FEWEST_TO_JUDGE = 60;
/** Of ten values in random order, one series in fifty is steadier. */
const STEADY = 0.6;

export function explainMany(analysis: Analysis): string[] {
  const measured = analysis.targets.filter(
    ({ reached, family }) => reached.length > 0 && family !== 'control',
  );
  const far = measured.filter(({ reached }) => {
    const { because, alive } = furthest(reached);
    return because === 'number' && alive >= 1000;
  });
  const first = ranked(analysis, 'burst.start').filter(isContainer).slice(0, 1);
  return [
    ...about(
      far.map(({ label }) => label),
      (list) => `1,000 alive at once were reached by ${list}.`,
    ),
    ...measured.flatMap(({ label, reached }) => whyStopped(label, furthest(reached))),
    ...measured.flatMap((target) => trend(analysis, target)),
    ...measured.flatMap((target) => whatGrows(analysis, target)),
    ...first.map(
      ({ target: { label }, measured }) =>
        `Eight at once: ${label} is the fastest container command, ${withUnit(measured)} for each.`,
    ),
    ...emulationNote(measured.map((target) => ({ target }))),
  ];
}

type Reached = TargetSummary['reached'][number];

function furthest(reached: readonly Reached[]): Reached | { because: 'number'; alive: number } {
  const order = reached.toSorted((a, b) => b.alive - a.alive);
  return order[0] ?? { because: 'number', alive: 0 };
}

function whyStopped(label: string, { because, alive }: Pick<Reached, 'because' | 'alive'>) {
  if (because === 'time')
    return [`${label} was stopped at ${figure(alive)} alive: the time for it was over.`];
  if (because !== 'memory') return [];
  return alive === 0
    ? [`${label} was not started even once: too little memory was free.`]
    : [`${label} was stopped at ${figure(alive)} alive, before memory ran short for others.`];
}

/** The last tenth of the starts to the first: a trend only if the tenths between rise as well. */
function trend({ samples }: Analysis, { name, label }: TargetSummary): string[] {
  const starts = samples.firstRound(name, 'density.start').map(({ value }) => value);
  const each = Math.floor(starts.length / 10);
  if (starts.length < FEWEST_TO_JUDGE) return [];
  const tenths = Array.from({ length: 10 }, (_, index) =>
    starts.slice(index * each, (index + 1) * each),
  );
  const ratio = estimateRatio([tenths.at(-1) ?? []], [tenths[0] ?? []]);
  const alive = figure(starts.length);
  const words = `last tenth of the starts to the first: ${figure(ratio.median)} (${interval(ratio)})`;
  const rise = trendOf(tenths.map((tenth) => median(tenth)));
  if (Math.abs(rise) < STEADY || (ratio.low <= 1 && ratio.high >= 1))
    return [`${label}: no steady change up to ${alive} alive (${words}).`];
  const direction = rise > 0 ? 'longer' : 'shorter';
  return [`${label}: with more alive, up to ${alive}, a start takes ${direction} (${words}).`];
}

/** Operations that take longer beside 900 others than beside the first hundred. */
function whatGrows({ samples }: Analysis, { name, label }: TargetSummary): string[] {
  const grown = samples.quantities(name, OPERATION).flatMap((quantity) => {
    const all = samples.firstRound(name, quantity);
    const valuesOf = (isIn: (x: number) => boolean) =>
      all.filter(({ x = 0 }) => isIn(x)).map(({ value }) => value);
    const [few, many] = [valuesOf((x) => x < 100), valuesOf((x) => x >= 900)];
    if (few.length === 0 || many.length === 0) return [];
    const us = (median(many) - median(few)) / 1e3;
    const operation = quantity.slice(OPERATION.length);
    return estimateRatio([many], [few]).low > 1 ? [{ operation, us }] : [];
  });
  const most = grown.sort((a, b) => b.us - a.us).slice(0, 4);
  return about(
    most.map(({ operation, us }) => `${operation} by ${figure(us)} µs`),
    (list) =>
      `${label}: of its plan’s operations, beside 900 others these take longer than beside the first hundred: ${list}.`,
  );
}

/** Kendall's τ of a series with its order: 1 when each is larger than all before, -1 if smaller. */
export function trendOf(values: readonly number[]): number {
  const pairs = values.flatMap((value, index) =>
    values.slice(index + 1).map((later) => Math.sign(later - value)),
  );
  return pairs.reduce((sum, sign) => sum + sign, 0) / pairs.length;
}

export function explainMemory(analysis: Analysis): string[] {
  const bare = find(analysis, 'bare', 'memory.user');
  const order = ranked(analysis, 'memory.user').filter(({ target }) => target.name !== 'bare');
  const machines = order.filter(({ target }) => isMachine(target));
  return [
    ...order.flatMap(({ target, measured }) => {
      const kernel = find(analysis, target.name, 'memory.kernel');
      if (kernel === undefined || bare === undefined) return [];
      const beside = Math.max(0, measured.value.median - bare.value.median);
      return [
        `${target.label}: one more costs ${bytes(beside)} of user memory beside the workload and ${bytes(kernel.value.median)} of the kernel’s (at ${measured.x} alive).`,
      ];
    }),
    ...machines.flatMap(({ target }) => whyMachines(analysis, target)),
    ...emulationNote(machines),
  ];
}

function whyMachines({ samples }: Analysis, { name, label, facts }: TargetSummary): string[] {
  const found = between(samples, name, 'runc', 'memory.user');
  if (found === undefined) return [];
  const managed =
    facts === undefined
      ? ''
      : ` Inside, its kernel (${facts.kernel}) says that it has ${figure(facts.memTotalKiB / 1024)} MiB left to manage.`;
  return [
    `User memory of ${label} is ${versus(found.ratio, found.claim, 'runc')}: kernel, page cache and processes of a guest are memory of one host process.${managed}`,
  ];
}

export function explainTeardown(analysis: Analysis): string[] {
  return ranked(analysis, 'density.clear')
    .filter(isContainer)
    .map(
      ({ target: { label }, measured }) =>
        `${label}: ${withUnit(measured)} for each to be gone, ${toBare(measured)}.`,
    );
}
