// Life cycles as tables: a pace each, and where the time of one goes.
import type { Analysis } from '../analysis/analysis.ts';
import { operationTimes, type PaceReport, paceReports } from '../analysis/lifecycle.ts';
import type { Estimate } from '../samples/statistics.ts';
import { columns } from './columns.ts';

export function lifecycleTables(analysis: Analysis): string[] {
  return [...paceReports(analysis).map(paceTable), ...stepsTable(analysis)];
}

function paceTable({ pace, title, peer = 'peer', results, noise }: PaceReport): string {
  const parallel = pace === 'parallel';
  const per = parallel ? 1e3 : 1e6;
  const head = [
    ...[`${title}, ${parallel ? 'µs per container' : 'ms'}`, 'median', '95 %', 'min', 'max'],
    ...['× baseline', `× ${peer}`, parallel ? 'rate' : 'samples'],
  ];
  const rows = results.map(({ title: label, time, toBaseline, toPeer }) => [
    ...[label, fixed(time.median / per), range(time, per)],
    ...[fixed(time.min / per), fixed(time.max / per), ratio(toBaseline), ratio(toPeer)],
    parallel ? `${Math.round(1e9 / time.median)}/s` : `${time.samples}`,
  ]);
  const table = columns([head, ...rows]);
  if (noise === undefined) return table;
  return `${table}\nthe baseline against itself: ${ratio(noise)} (${range(noise, 1)})`;
}

/** The steps that take most, and one line for the many that take little. */
function stepsTable(analysis: Analysis): string[] {
  const { large = [], small = [] } = Object.groupBy(operationTimes(analysis), ({ share }) =>
    share >= 0.01 ? 'large' : 'small',
  );
  if (large.length === 0) return [];
  const sum = (of: 'ns' | 'share') => small.reduce((total, time) => total + time[of], 0);
  const rest = { name: `${small.length} steps under 1 %`, ns: sum('ns'), share: sum('share') };
  const rows = [...large, rest].map(({ name, ns, share }) => [
    ...[name, (ns / 1e3).toFixed(0), `${(share * 100).toFixed(1)} %`],
  ]);
  return [columns([['where the time goes', 'µs', 'share'], ...rows])];
}

const fixed = (value: number) => value.toFixed(2);
const ratio = (value: Estimate | undefined) => (value === undefined ? '' : fixed(value.median));
const range = ({ low, high }: Estimate, per: number) => `${fixed(low / per)}–${fixed(high / per)}`;
