// How it was measured, with the figures of this run: noise, rounds, stolen time; and what the
// machine is.
import { milliseconds } from '../../reports/render/words.ts';
import { type Analysis, between } from '../analysis/analysis.ts';
import type { TookRecord } from '../samples/records.ts';
import { type Html, html } from './html.ts';
import { figure, interval, percent } from './phrases.ts';

export function howItWasMeasured({ samples, targets, end, run, took }: Analysis): string[] {
  const checked = targets.flatMap(({ facts }) => facts ?? []);
  const sums = new Set(checked.map(({ programSum }) => programSum));
  const { load, processors } = run.host;
  return [
    'Rounds: in each of them every target has a turn, and each round begins with another one. Intervals are 95 % bootstrap intervals that resample rounds first and samples within them second; ratios take the same rounds above and below. Outliers stay in.',
    ...['start.warm', 'http.rate', 'call.getpid'].flatMap((quantity) => {
      const ratio = between(samples, 'bare-again', 'bare', quantity)?.ratio;
      return ratio === undefined
        ? []
        : `Noise: bare metal to itself has a ratio of ${figure(ratio.median)} (${interval(ratio)}) in ${quantity}. No smaller difference is claimed.`;
    }),
    ...timeSpent(took),
    ...(sums.size === 1 && checked.length > 1
      ? [
          `All ${checked.length} targets that were asked from inside run the same program, byte for byte, from the same root.`,
        ]
      : []),
    ...(end === undefined || end.stolen < 0.005
      ? []
      : [`The hypervisor gave ${percent(end.stolen)} of the processors’ time to others.`]),
    ...(load > processors / 4
      ? [`The load before the run was ${figure(load)}: others used the machine.`]
      : []),
  ];
}

/** What the run's time went into, the longest first. */
function timeSpent(took: readonly TookRecord[]): string[] {
  if (took.length === 0) return [];
  const sums = [...Map.groupBy(took, ({ measure }) => measure)].map(([measure, all]) => ({
    ...{ measure, seconds: all.reduce((sum, { seconds }) => sum + seconds, 0) },
  }));
  const parts = sums
    .sort((a, b) => b.seconds - a.seconds)
    .map(({ measure, seconds }) => `${measure} ${milliseconds(seconds * 1000)}`);
  return [`Time spent: ${parts.join(', ')}.`];
}

export function hostFacts({ run: { host } }: Analysis): Html {
  const clock = { clock: `${figure(host.clockMHz)} MHz` };
  const rows = Object.entries({ ...host.versions, ...host.settings, ...clock });
  return html`<details><summary>versions and settings of this machine</summary><dl class="facts">
    ${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl></details>`;
}
