// Figures as words. Every comparison goes through a claim, so that no sentence says more than the
// samples do. Pure.
import type { Analysis, Claim, Measured, TargetSummary } from '../analysis/analysis.ts';
import type { Estimate } from '../samples/statistics.ts';

/** Three significant digits, and thousands set apart. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 1000
    ? new Intl.NumberFormat('en', { maximumFractionDigits: 0 }).format(rounded)
    : String(rounded);
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

/** `3.2 times that of bare metal (2.9 to 3.5)`, or that nothing was shown. */
export function toBare({ toBare: ratio, claim }: Measured): string {
  if (ratio === undefined || claim === undefined) return 'not compared';
  return versus(ratio, claim, 'bare metal');
}

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

/** Whether a difference is shown. */
export const isShown = (claim: Claim | undefined) => claim === 'more' || claim === 'less';

/** `a, b and c`. */
function enumerate(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

/** The sentence about a list, unless it is empty. */
export function about(words: readonly string[], sentence: (list: string) => string): string[] {
  return words.length === 0 ? [] : [sentence(enumerate(words))];
}

export function percent(share: number): string {
  return `${figure(share * 100)} %`;
}

export interface Found {
  readonly target: TargetSummary;
  readonly measured: Measured;
}

/** All targets that were measured in this quantity, the best first; controls are no targets. */
export function ranked({ targets }: Analysis, key: string): Found[] {
  const found = targets.flatMap((target): Found[] => {
    const measured = target.measures.find(({ quantity }) => quantity.key === key);
    return measured === undefined || target.family === 'control' ? [] : [{ target, measured }];
  });
  const sign = found[0]?.measured.quantity.better === 'more' ? -1 : 1;
  return found.sort((a, b) => sign * (a.measured.value.median - b.measured.value.median));
}

export function find({ targets }: Analysis, name: string, key: string): Measured | undefined {
  const target = targets.find((one) => one.name === name);
  return target?.measures.find(({ quantity }) => quantity.key === key);
}

export const isContainer = ({ target: { family } }: Found) => family === 'container';
export const isMachine = ({ family }: TargetSummary) => family === 'vm' || family === 'paravirtual';

const OF_EMULATION =
  'TCG emulation translates every instruction of the guest in software: its figures are no verdict on what hardware virtualisation costs';

/** Said wherever an emulated machine is. */
export function emulationNote(found: readonly { readonly target: TargetSummary }[]): string[] {
  const emulated = found.filter(({ target }) => target.emulated).map(({ target }) => target.label);
  return about([...new Set(emulated)], (list) => `${list}: ${OF_EMULATION}.`);
}
