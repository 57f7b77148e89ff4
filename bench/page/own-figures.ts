// Our own life cycle beside its floor and its peers, and for how long the main thread is kept.
import type { ComponentChild } from 'preact';
import type { Analysis } from '../analysis/analysis.ts';
import { TARGETS } from '../lifecycle/catalogue.ts';
import { type Bar, barChart, type Line, lineChart } from './chart.ts';
import { distribution } from './figures.ts';

export function ownFigures(analysis: Analysis): ComponentChild[] {
  const lines = (quantity: string, per: number) =>
    TARGETS.map(
      ({ name, title }): Line => ({
        target: name,
        label: title,
        points: distribution(analysis, name, quantity, per),
        steps: true,
      }),
    );
  const share = { label: 'containers done', percent: true };
  return [
    lineChart(
      'own-tight',
      'A whole life cycle, back to back',
      { label: 'milliseconds', log: true },
      share,
      lines('own.tight', 1e6),
    ),
    lineChart(
      'own-spaced',
      'A whole life cycle, 30 ms apart',
      { label: 'milliseconds', log: true },
      share,
      lines('own.spaced', 1e6),
    ),
    rates(analysis),
    lineChart(
      'own-thread',
      'Longest time that a start keeps the main thread',
      { label: 'microseconds' },
      share,
      lines('own.stretch', 1e3),
    ),
  ];
}

function rates({ samples }: Analysis): ComponentChild {
  const bars = TARGETS.flatMap(({ name, title }): Bar[] => {
    const found = samples.estimate({ target: name, quantity: 'own.crowd' });
    return found === undefined
      ? []
      : [{ label: title, part: 'containers a second', from: 0, to: 1e9 / found.median }];
  });
  return barChart('own-crowd', 'Eight at once: containers a second', { label: 'a second' }, bars, [
    ['containers a second', 'subject'],
  ]);
}
