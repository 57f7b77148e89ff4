// Figures as words. Every comparison goes through a claim, so that no sentence says more than the
// samples do. Pure.
import type { Analysis, Claim, Measured, TargetSummary } from '../analysis/analysis.ts';
import type { GoalRecord } from '../samples/records.ts';
import type { Estimate } from '../samples/statistics.ts';

/** Three significant digits, and thousands set apart. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) < 1000
    ? String(rounded)
    : rounded.toLocaleString('en', { maximumFractionDigits: 0 });
}

export function withUnit({ quantity: { unit, per }, value }: Measured): string {
  return `${figure(value.median / per)} ${unit}`;
}

export function interval({ low, high }: Pick<Estimate, 'low' | 'high'>): string {
  return `${figure(low)} to ${figure(high)}`;
}

export function bytes(value: number): string {
  return value < 1048576 ? `${figure(value / 1024)} KiB` : `${figure(value / 1048576)} MiB`;
}

export function percent(share: number): string {
  return `${figure(share * 100)} %`;
}

/** `3.2 times that of bare metal (2.9 to 3.5)`, or that nothing was shown. */
export function versus(ratio: Estimate, claim: Claim, what: string): string {
  const range = interval(ratio);
  switch (claim) {
    case 'more':
    case 'less':
      return `${figure(ratio.median)} times that of ${what} (${range})`;
    case 'no difference shown':
      // The interval leaves out 1, and yet two equal things were as far apart in this run.
      return ratio.low > 1 || ratio.high < 1
        ? `no farther from that of ${what} than bare metal is from itself (${range} times)`
        : `not shown to differ from ${what} (${range} times)`;
    case 'too few rounds':
      return `${figure(ratio.median)} times that of ${what} in this first look, too few rounds for a claim`;
  }
}

/** A goal's figures: the value, its interval, what is wanted, and the hard limit. */
export function goalWords({ unit, goal, least, limit, value, low, high }: GoalRecord) {
  const suffix = unit === 'ratio' ? ' ×' : unit === '' ? '' : ` ${unit}`;
  const bound = (number: number) => `${least ? '≥' : '≤'} ${figure(number)}${suffix}`;
  const isRange = low !== undefined && high !== undefined && low !== high;
  return {
    value: value === undefined ? '–' : `${figure(value)}${suffix}`,
    range: isRange ? interval({ low, high }) : '',
    ...{ wanted: bound(goal), limit: limit === undefined ? '' : bound(limit) },
  };
}

/** Whether a difference is shown. */
export const isShown = (claim: Claim | undefined) => claim === 'more' || claim === 'less';

type Said = string | number | undefined | readonly string[];

/** A sentence. Lists in it become `a, b and c`; none where a list is empty or a value undefined. */
export function say(text: TemplateStringsArray, ...values: readonly Said[]): string[] {
  const isMissing = (value: Said) =>
    value === undefined || (typeof value === 'object' && value.length === 0);
  const lists = new Intl.ListFormat('en-GB');
  const words = values.map((value) => (typeof value === 'object' ? lists.format(value) : value));
  return values.some(isMissing) ? [] : [String.raw(text, ...words)];
}

/** A target, and what was measured of it in one quantity: also as words. */
export interface Found extends TargetSummary {
  readonly measured: Measured;
  readonly amount: string;
  /** To bare metal. */
  readonly ratio: string;
}

/** All targets that were measured in this quantity, the best first; controls are no targets. */
export function ranked({ targets }: Analysis, key: string): Found[] {
  const found = targets.flatMap((target): Found[] => {
    const measured = target.measures.find(({ quantity }) => quantity.key === key);
    if (measured === undefined || target.family === 'control') return [];
    const { toBare, claim } = measured;
    const isCompared = toBare !== undefined && claim !== undefined;
    const ratio = isCompared ? versus(toBare, claim, 'bare metal') : 'not compared';
    return [{ ...target, measured, amount: withUnit(measured), ratio }];
  });
  const sign = found[0]?.measured.quantity.better === 'more' ? -1 : 1;
  return found.sort((a, b) => sign * (a.measured.value.median - b.measured.value.median));
}

export function find({ targets }: Analysis, name: string, key: string): Measured | undefined {
  const target = targets.find((one) => one.name === name);
  return target?.measures.find(({ quantity }) => quantity.key === key);
}

export const isBare = ({ name }: TargetSummary) => name === 'bare';
export const isContainer = ({ family }: TargetSummary) => family === 'container';
export const isMachine = ({ family }: TargetSummary) => family === 'vm' || family === 'paravirtual';

export const labelsOf = (targets: readonly TargetSummary[]) => targets.map(({ label }) => label);

/** Said wherever an emulated machine is. */
export function emulationNote(targets: readonly TargetSummary[]): string[] {
  const emulated = new Set(labelsOf(targets.filter((target) => target.emulated)));
  return say`${[...emulated]}: TCG emulation translates every instruction of the guest in software: its figures are no verdict on what hardware virtualisation costs.`;
}
