// A run as a person sees it in the terminal: the headlines with their ratios to bare metal, life
// cycles, goals, what failed.
import { styleText } from 'node:util';
import type { Analysis, Measured, TargetSummary } from '../analysis/analysis.ts';
import type { Change } from '../analysis/changes.ts';
import { figure, find, interval } from '../page/phrases.ts';
import { SIGN } from '../page/tables.ts';
import type { GoalRecord } from '../samples/records.ts';
import { columns } from './columns.ts';
import { lifecycleTables } from './lifecycle-text.ts';

/** What fits a terminal: the rest is on the page. */
const HEADLINES = {
  ...{ 'start.warm': 'first line', 'start.tcp': 'TCP answer', 'memory.user': 'user memory' },
  ...{ 'memory.kernel': 'kernel memory', 'burst.start': '8 at once', 'http.rate': 'HTTP' },
  ...{ 'cpu.sysbench': 'cpu', 'call.getpid': 'getpid', 'limit.cpu': 'half a cpu' },
};
const LEGEND = '× bare metal; ≈ where no difference is shown, ? where rounds are too few to tell';

const coloured = (colour: 'red' | 'green' | 'yellow', text: string) =>
  styleText(colour, text, { stream: process.stdout });

export function resultText(analysis: Analysis): string {
  const { end, targets, goals } = analysis;
  const heads = ['goal', 'value', '95 %', 'wanted', 'at least kept', ''];
  const left = end?.left ?? [];
  const parts = [
    ...[hostLine(analysis), headlines(analysis), ...lifecycleTables(analysis)],
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
  return load > processors / 4 ? `${line}\n${coloured('yellow', warning)}` : line;
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

function goalRow(record: GoalRecord): string[] {
  const { name, unit, goal, least, limit, value, low, high, why, verdict } = record;
  const colour = verdict === 'met' ? 'green' : verdict === 'missed' ? 'red' : 'yellow';
  const bound = (number: number | undefined) =>
    number === undefined ? '' : `${least ? '≥' : '≤'} ${number} ${unit === 'ratio' ? '×' : unit}`;
  return [
    name,
    value === undefined ? '' : figure(value),
    low === undefined || high === undefined ? '' : interval({ low, high }),
    bound(goal),
    bound(limit),
    coloured(colour, why === undefined ? verdict : `${verdict}: ${why}`),
  ];
}

function troubles({ label, status, why = '', failures }: TargetSummary): string[] {
  if (status !== 'measured') return [`${label}: ${status}: ${why}`];
  return failures.map(({ measure, reason }) => `${label}, ${measure}: ${reason}`);
}

/** What changed since a baseline, what is worse in red. */
export function changesText(changes: readonly Change[], warning: string | undefined): string {
  const rows = changes.map(({ what, was, is, worse }) => [
    worse ? coloured('red', 'worse') : coloured('green', 'better'),
    ...[what, figure(was), figure(is)],
  ]);
  const table = columns([['since the baseline', '', 'was', 'is'], ...rows]);
  const same = 'since the baseline: nothing changed beyond noise';
  return [warning, rows.length === 0 ? same : table].filter(Boolean).join('\n');
}
