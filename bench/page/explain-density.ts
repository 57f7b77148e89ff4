// What is said of many at once and of memory. Pure.
import { type Analysis, between, type TargetSummary } from '../analysis/analysis.ts';
import { OPERATION } from '../samples/records.ts';
import { estimateRatio, median } from '../samples/statistics.ts';
import * as phrases from './phrases.ts';
import { emulationNote, figure, isContainer, ranked, say } from './phrases.ts';

const FEWEST_TO_JUDGE = 60;
/** Of ten values in random order, one series in fifty is steadier. */
const STEADY = 0.6;

export function explainMany(analysis: Analysis): string[] {
  const measured = analysis.targets.filter(
    ({ reached, family }) => reached.length > 0 && family !== 'control',
  );
  const far = measured.filter((target) => {
    const { because, alive } = furthest(target);
    return because === 'number' && alive >= 1000;
  });
  const first = ranked(analysis, 'burst.start').find(isContainer);
  return [
    ...say`1,000 alive at once were reached by ${phrases.labelsOf(far)}.`,
    ...measured.flatMap(whyStopped),
    ...measured.flatMap((target) => trend(analysis, target)),
    ...measured.flatMap((target) => whatGrows(analysis, target)),
    ...say`Eight at once: ${first?.label} is the fastest container command, ${first?.amount} for each.`,
    ...emulationNote(measured),
  ];
}

function furthest({ reached }: TargetSummary) {
  const order = reached.toSorted((a, b) => b.alive - a.alive);
  return order[0] ?? { because: 'number', alive: 0 };
}

function whyStopped(target: TargetSummary): string[] {
  const { because, alive } = furthest(target);
  const at = `${target.label} was stopped at ${figure(alive)} alive`;
  if (because === 'time') return [`${at}: the time for it was over.`];
  if (because !== 'memory') return [];
  return alive === 0
    ? [`${target.label} was not started even once: too little memory was free.`]
    : [`${at}, before memory ran short for others.`];
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
  const words = `last tenth of the starts to the first: ${figure(ratio.median)} (${phrases.interval(ratio)})`;
  const rise = trendOf(tenths.map(median));
  if (Math.abs(rise) < STEADY || (ratio.low <= 1 && ratio.high >= 1))
    return [`${label}: no steady change up to ${alive} alive (${words}).`];
  const direction = rise > 0 ? 'longer' : 'shorter';
  return [`${label}: with more alive, up to ${alive}, a start takes ${direction} (${words}).`];
}

/** Operations that take longer beside 900 others than beside the first hundred. */
function whatGrows({ samples }: Analysis, { name, label }: TargetSummary): string[] {
  const grown = samples.named(name, OPERATION.density).flatMap(({ quantity, name: operation }) => {
    const all = samples.firstRound(name, quantity);
    const valuesOf = (isIn: (x: number) => boolean) =>
      all.filter(({ x = 0 }) => isIn(x)).map(({ value }) => value);
    const [few, many] = [valuesOf((x) => x < 100), valuesOf((x) => x >= 900)];
    if (few.length === 0 || many.length === 0) return [];
    const us = (median(many) - median(few)) / 1e3;
    return estimateRatio([many], [few]).low > 1 ? [{ operation, us }] : [];
  });
  const most = grown.sort((a, b) => b.us - a.us).slice(0, 4);
  const words = most.map(({ operation, us }) => `${operation} by ${figure(us)} µs`);
  return say`${label}: of its plan’s operations, beside 900 others these take longer than beside the first hundred: ${words}.`;
}

/** Kendall's τ of a series with its order: 1 when each is larger than all before, -1 if smaller. */
export function trendOf(values: readonly number[]): number {
  const pairs = values.flatMap((value, index) =>
    values.slice(index + 1).map((later) => Math.sign(later - value)),
  );
  return pairs.reduce((sum, sign) => sum + sign, 0) / pairs.length;
}

export function explainMemory(analysis: Analysis): string[] {
  const bare = phrases.find(analysis, 'bare', 'memory.user')?.value.median;
  const order = ranked(analysis, 'memory.user').filter((target) => !phrases.isBare(target));
  const machines = order.filter(phrases.isMachine);
  return [
    ...order.flatMap(({ name, label, measured: { value, x } }) => {
      const kernel = phrases.find(analysis, name, 'memory.kernel')?.value.median;
      if (kernel === undefined || bare === undefined) return [];
      const beside = Math.max(0, value.median - bare);
      return say`${label}: one more costs ${phrases.bytes(beside)} of user memory beside the workload and ${phrases.bytes(kernel)} of the kernel’s (at ${x} alive).`;
    }),
    ...machines.flatMap((target) => whyMachines(analysis, target)),
    ...emulationNote(machines),
  ];
}

function whyMachines({ samples }: Analysis, { name, label, facts }: TargetSummary): string[] {
  const found = between(samples, name, 'runc', 'memory.user');
  if (found === undefined) return [];
  const left = figure((facts?.memTotalKiB ?? 0) / 1024);
  const managed = say` Inside, its kernel (${facts?.kernel}) says that it has ${left} MiB left to manage.`;
  return [
    `User memory of ${label} is ${phrases.versus(found.ratio, found.claim, 'runc')}: kernel, page cache and processes of a guest are memory of one host process.${managed}`,
  ];
}

export function explainTeardown(analysis: Analysis): string[] {
  return ranked(analysis, 'density.clear')
    .filter(isContainer)
    .map(({ label, amount, ratio }) => `${label}: ${amount} for each to be gone, ${ratio}.`);
}
