// A run as a person sees it in the terminal: the headlines with their ratios to bare metal, life
// cycles, goals, what failed.
import type { Analysis, Measured, TargetSummary } from '../analysis/analysis.ts';
import type { Change } from '../analysis/changes.ts';
import { operationTimes, type PaceReport, paceReports } from '../analysis/lifecycle.ts';
import { figure, find, goalWords } from '../page/phrases.ts';
import { SIGN } from '../page/tables.ts';
import type { GoalRecord } from '../samples/records.ts';
import type { Estimate } from '../samples/statistics.ts';
import { columns, styled } from './columns.ts';

/** What fits a terminal: the rest is on the page. */
const HEADLINES = {
  ...{ 'start.warm': 'first line', 'start.tcp': 'TCP answer', 'memory.user': 'user memory' },
  ...{ 'memory.kernel': 'kernel memory', 'burst.start': '8 at once', 'http.rate': 'HTTP' },
  ...{ 'cpu.sysbench': 'cpu', 'call.getpid': 'getpid', 'limit.cpu': 'half a cpu' },
};
const LEGEND = '× bare metal; ≈ where no difference is shown, ? where rounds are too few to tell';

export function resultText(analysis: Analysis): string {
  const { end, targets, goals } = analysis;
  const heads = ['goal', 'value', '95 %', 'wanted', 'at least kept', ''];
  const left = end?.left ?? [];
  const parts = [
    ...[hostLine(analysis), headlines(analysis), ...paceReports(analysis).map(paceTable)],
    ...stepsTable(analysis),
    goals.length === 0 ? '' : columns([heads, ...goals.map(goalRow)]),
    ...[targets.flatMap(troubles).join('\n'), end?.interrupted],
    left.length === 0 ? 'left behind: nothing' : `left behind:\n  ${left.join('\n  ')}`,
  ];
  return parts.filter(Boolean).join('\n\n');
}

function hostLine({ run: { host } }: Analysis): string {
  const { kernel, processors, processor, load, hypervisor } = host;
  const line = `Linux ${kernel} · ${processors} × ${processor} · ${hypervisor} · load ${load.toFixed(2)}`;
  const warning = 'others use this machine: the intervals will be wide';
  return load > processors / 4 ? `${line}\n${styled('yellow', warning)}` : line;
}

/** Empty where nothing was compared. */
function headlines(analysis: Analysis): string {
  const used = Object.entries(HEADLINES).flatMap(([key, title]) => {
    const [found] = analysis.targets.flatMap(({ name }) => find(analysis, name, key) ?? []);
    return found === undefined ? [] : [{ key, head: `${title}, ${found.quantity.unit}` }];
  });
  if (used.length === 0) return '';
  const rows = analysis.targets
    .map(({ name, label }) => [label, ...used.map(({ key }) => cell(find(analysis, name, key)))])
    .filter(([, ...cells]) => cells.some((text) => text !== ''));
  return `${columns([['', ...used.map(({ head }) => head)], ...rows])}\n${LEGEND}`;
}

function cell(measured: Measured | undefined): string {
  if (measured === undefined) return '';
  const { quantity, value, toBare, claim } = measured;
  const median = figure(value.median / quantity.per);
  return toBare && claim ? `${median} ${SIGN[claim]}${figure(toBare.median)}×` : median;
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

function goalRow(record: GoalRecord): string[] {
  const { name, why, verdict } = record;
  const { value, range, wanted, limit } = goalWords(record);
  const colour = verdict === 'met' ? 'green' : verdict === 'missed' ? 'red' : 'yellow';
  const words = styled(colour, why === undefined ? verdict : `${verdict}: ${why}`);
  return [name, value, range, wanted, limit, words];
}

function troubles({ label, status, why = '', failures }: TargetSummary): string[] {
  if (status !== 'measured') return [`${label}: ${status}: ${why}`];
  return failures.map(({ measure, reason }) => `${label}, ${measure}: ${reason}`);
}

/** What changed since a baseline, what is worse in red. */
export function changesText(changes: readonly Change[], warning: string | undefined): string {
  const rows = changes.map(({ what, was, is, worse }) => [
    worse ? styled('red', 'worse') : styled('green', 'better'),
    ...[what, figure(was), figure(is)],
  ]);
  const table = columns([['since the baseline', '', 'was', 'is'], ...rows]);
  const same = 'since the baseline: nothing changed beyond noise';
  return [warning, rows.length === 0 ? same : table].filter(Boolean).join('\n');
}
