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

export function interval({ low, high }: Pick<Estimate, 'low' | 'high'>, per = 1): string {
  return `${figure(low / per)} to ${figure(high / per)}`;
}

export function bytes(value: number): string {
  return value < 1048576 ? `${figure(value / 1024)} KiB` : `${figure(value / 1048576)} MiB`;
}

/** `3.2 times bare metal's (2.9 to 3.5)`, or that nothing was shown. */
export function toBare({ toBare: ratio, claim }: Measured): string | undefined {
  return ratio === undefined || claim === undefined
    ? undefined
    : versus(ratio, claim, 'bare metal');
}

export function versus(ratio: Estimate, claim: Claim, what: string): string {
  const range = interval(ratio);
  switch (claim) {
    case 'more':
    case 'less':
      return `${figure(ratio.median)} times that of ${what} (${range})`;
    case 'no difference shown':
      // The interval leaves out 1, and yet two equal things were as far apart in this run.
      if (ratio.low > 1 || ratio.high < 1)
        return `no farther from that of ${what} than bare metal is from itself (${range} times)`;
      return `not shown to differ from ${what} (${range} times)`;
    case 'too few rounds':
      return `${figure(ratio.median)} times that of ${what} in this first look, too few rounds for a claim`;
  }
}

/** `a, b and c`. */
export function enumerate(words: readonly string[]): string {
  return words.length < 2
    ? (words[0] ?? '')
    : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

export function percent(share: number): string {
  return `${figure(share * 100)} %`;
}

export interface Found {
  readonly target: TargetSummary;
  readonly measured: Measured;
}

/** Everybody who was measured in this quantity, the best first; controls are no targets. */
export function ranked({ targets }: Analysis, key: string): Found[] {
  const found = targets.flatMap((target) => {
    const measured = target.measures.find(({ quantity }) => quantity.key === key);
    return measured === undefined || target.family === 'control' ? [] : [{ target, measured }];
  });
  const [first] = found;
  const sign = first?.measured.quantity.better === 'more' ? -1 : 1;
  return found.sort((a, b) => sign * (a.measured.value.median - b.measured.value.median));
}

export function find({ targets }: Analysis, name: string, key: string): Found | undefined {
  const target = targets.find((one) => one.name === name);
  const measured = target?.measures.find(({ quantity }) => quantity.key === key);
  return target === undefined || measured === undefined ? undefined : { target, measured };
}

/** What has to be said wherever an emulated machine is spoken of. */
const OF_EMULATION =
  'TCG emulation translates every instruction of the guest in software: its figures are no verdict on what hardware virtualisation costs';

export function emulationNote(found: readonly { readonly target: TargetSummary }[]): string[] {
  const emulated = found.filter(({ target }) => target.emulated).map(({ target }) => target.label);
  return emulated.length === 0 ? [] : [`${enumerate(emulated)}: ${OF_EMULATION}.`];
}
