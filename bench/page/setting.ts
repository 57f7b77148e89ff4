// How it was measured, with the figures of this run: noise, rounds, stolen time; and what the
// machine is.
import { type ComponentChild, h } from 'preact';
import { milliseconds } from '../../reports/render/words.ts';
import type { Analysis } from '../analysis/analysis.ts';
import type { TookRecord } from '../samples/records.ts';
import { figure, interval, percent } from './phrases.ts';

export function howItWasMeasured({ samples, targets, end, run, took }: Analysis): string[] {
  const checked = targets.flatMap(({ facts }) => facts ?? []);
  const sums = new Set(checked.map(({ programSum }) => programSum));
  return [
    'Rounds: in each of them every target has a turn, and each round begins with another one. Intervals are 95 % bootstrap intervals that resample rounds first and samples within them second; ratios take the same rounds above and below. Outliers stay in.',
    ...(['start.warm', 'http.rate', 'call.getpid'] as const).flatMap((quantity) => {
      const x = quantity === 'http.rate' ? 32 : undefined;
      const found = samples.ratio(
        { target: 'bare-again', quantity, x },
        { target: 'bare', quantity, x },
      );
      return found === undefined
        ? []
        : [
            `Noise: bare metal to itself has a ratio of ${figure(found.ratio.median)} (${interval(found.ratio)}) in ${quantity}. A difference smaller than that is not claimed of anybody.`,
          ];
    }),
    ...timeSpent(took),
    ...(sums.size === 1 && checked.length > 1
      ? [
          `All ${checked.length} targets that were asked from inside run the same program, byte for byte, from the same root.`,
        ]
      : []),
    ...(end === undefined || end.stolen < 0.005
      ? []
      : [
          `The hypervisor gave ${percent(end.stolen)} of the processors’ time to others meanwhile.`,
        ]),
    ...(run.host.load > run.host.processors / 4
      ? [`The load before the run was ${figure(run.host.load)}: others used the machine.`]
      : []),
  ];
}

/** What the run's time went into, the longest first. */
function timeSpent(took: readonly TookRecord[]): string[] {
  if (took.length === 0) return [];
  const sums = [...Map.groupBy(took, ({ measure }) => measure)].map(
    ([measure, all]) => [measure, all.reduce((sum, { seconds }) => sum + seconds, 0)] as const,
  );
  const parts = sums
    .sort(([, a], [, b]) => b - a)
    .map(([measure, seconds]) => `${measure} ${milliseconds(seconds * 1000)}`);
  return [`Time spent: ${parts.join(', ')}.`];
}

export function hostFacts({ run: { host } }: Analysis): ComponentChild {
  const rows = [
    ...Object.entries(host.versions),
    ...Object.entries(host.settings),
    ['clock', `${figure(host.clockMHz)} MHz`],
  ];
  return h(
    'details',
    null,
    h('summary', null, 'versions and settings of this machine'),
    h(
      'dl',
      { class: 'facts' },
      rows.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))),
    ),
  );
}
