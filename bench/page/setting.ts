// How it was measured, with the figures of this run: noise, rounds, stolen time; and what the
// machine is.
import { milliseconds } from '../../reports/render/words.ts';
import { type Analysis, between } from '../analysis/analysis.ts';
import { type Html, html } from './html.ts';
import { figure, interval, percent, say } from './phrases.ts';

export function howItWasMeasured({ samples, targets, end, run, took }: Analysis): string[] {
  const checked = targets.flatMap(({ facts }) => facts ?? []);
  const sums = new Set(checked.map(({ programSum }) => programSum));
  const alike = sums.size === 1 && checked.length > 1 ? checked.length : undefined;
  const { load, processors } = run.host;
  const stolen = end !== undefined && end.stolen >= 0.005 ? percent(end.stolen) : undefined;
  // What the run's time went into, the longest first.
  const spent = [...Map.groupBy(took, ({ measure }) => measure)]
    .map(([measure, all]) => ({ measure, s: all.reduce((sum, { seconds }) => sum + seconds, 0) }))
    .sort((a, b) => b.s - a.s)
    .map(({ measure, s }) => `${measure} ${milliseconds(s * 1000)}`);
  return [
    'Rounds: in each of them every target has a turn, and each round begins with another one. Intervals are 95 % bootstrap intervals that resample rounds first and samples within them second; ratios take the same rounds above and below. Outliers stay in.',
    ...['start.warm', 'http.rate', 'call.getpid'].flatMap((quantity) => {
      const ratio = between(samples, 'bare-again', 'bare', quantity)?.ratio;
      return say`Noise: bare metal to itself has a ratio of ${ratio && figure(ratio.median)} (${ratio && interval(ratio)}) in ${quantity}. No smaller difference is claimed.`;
    }),
    ...say`Time spent: ${spent.join(', ') || undefined}.`,
    ...say`All ${alike} targets that were asked from inside run the same program, byte for byte, from the same root.`,
    ...say`The hypervisor gave ${stolen} of the processors’ time to others.`,
    ...say`The load before the run was ${load > processors / 4 ? figure(load) : undefined}: others used the machine.`,
  ];
}

export function hostFacts({ run: { host } }: Analysis): Html {
  const clock = { clock: `${figure(host.clockMHz)} MHz` };
  const rows = Object.entries({ ...host.versions, ...host.settings, ...clock });
  return html`<details><summary>versions and settings of this machine</summary><dl class="facts">
    ${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl></details>`;
}
