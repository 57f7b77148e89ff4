// The comparison as a person sees it in the terminal: the headlines with their ratios to bare
// metal, goals, what failed.
import { styleText } from 'node:util';
import type { Analysis, Measured, TargetSummary } from '../analysis/analysis.ts';
import type { Change } from '../analysis/changes.ts';
import { figure, interval } from '../page/phrases.ts';
import type { GoalRecord } from '../samples/records.ts';
import { columns } from './terminal.ts';

/** What fits a terminal: the rest is on the page. */
const HEADLINES: Readonly<Record<string, string>> = {
  'start.warm': 'first line',
  'start.tcp': 'TCP answer',
  'memory.user': 'user memory',
  'memory.kernel': 'kernel memory',
  'burst.start': '8 at once',
  'http.rate': 'HTTP',
  'cpu.sysbench': 'cpu',
  'call.getpid': 'getpid',
  'limit.cpu': 'half a cpu',
};

export function wholeText({ run, end, targets, goals }: Analysis): string {
  const { kernel, processors, processor, load, hypervisor } = run.host;
  const measured = targets.filter(({ measures }) => measures.length > 0);
  const keys = Object.keys(HEADLINES).filter((key) =>
    measured.some((target) => of(target, key) !== undefined),
  );
  const head = ['', ...keys.map((key) => HEADLINES[key] ?? key)];
  const units = [
    '',
    ...keys.map(
      (key) => measured.flatMap((target) => of(target, key)?.quantity.unit ?? [])[0] ?? '',
    ),
  ];
  const rows = measured.map((target) => [
    target.label,
    ...keys.map((key) => cell(of(target, key))),
  ]);
  const legend =
    '× bare metal where a difference is shown, ≈ where none is, ? where rounds are too few to tell';
  return [
    `Linux ${kernel} · ${processors} × ${processor} · ${hypervisor} · load ${load.toFixed(2)}`,
    keys.length === 0 ? '' : `${columns([head, units, ...rows])}\n${legend}`,
    goals.length === 0
      ? ''
      : columns([['goal', 'value', '95 %', 'wanted', ''], ...goals.map(goalRow)]),
    troubles(targets),
    end?.interrupted ?? '',
    end === undefined || end.left.length === 0
      ? 'left behind: nothing'
      : `left behind:\n  ${end.left.join('\n  ')}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function of({ measures }: TargetSummary, key: string): Measured | undefined {
  return measures.find(({ quantity }) => quantity.key === key);
}

function cell(measured: Measured | undefined): string {
  if (measured === undefined) return '';
  const { quantity, value, toBare, claim } = measured;
  const median = figure(value.median / quantity.per);
  if (toBare === undefined || claim === undefined) return median;
  if (claim === 'no difference shown') return `${median} ≈`;
  return `${median} ${claim === 'too few rounds' ? '?' : ''}${figure(toBare.median)}×`;
}

function goalRow({ name, unit, goal, least, value, low, high, met, why }: GoalRecord): string[] {
  const shown = value === undefined ? 'not measured' : figure(value);
  const verdict =
    value === undefined
      ? styleText('yellow', why ?? '', { stream: process.stdout })
      : met
        ? 'met'
        : `missed${why === undefined ? '' : `: ${why}`}`;
  const range = low === undefined || high === undefined ? '' : interval({ low, high });
  const colour = met ? 'green' : value === undefined ? 'yellow' : 'red';
  return [
    name,
    shown,
    range,
    `${least ? '≥' : '≤'} ${goal} ${unit === 'ratio' ? '×' : unit}`,
    styleText(colour, verdict, { stream: process.stdout }),
  ];
}

function troubles(targets: readonly TargetSummary[]): string {
  const absent = targets
    .filter(({ status }) => status !== 'measured')
    .map(({ label, status, why }) => `${label}: ${status}: ${why ?? ''}`);
  const failed = targets
    .filter(({ status }) => status === 'measured')
    .flatMap(({ label, failures }) =>
      failures.map(({ measure, reason }) => `${label}, ${measure}: ${reason}`),
    );
  return [...absent, ...failed].join('\n');
}

/** What changed since a baseline, what is worse in red. */
export function changesText(changes: readonly Change[], warning: string | undefined): string {
  const rows = changes.map(({ what, was, is, worse }) => [
    styleText(worse ? 'red' : 'green', worse ? 'worse' : 'better', { stream: process.stdout }),
    what,
    figure(was),
    figure(is),
  ]);
  const table =
    changes.length === 0
      ? 'since the baseline: nothing changed beyond noise'
      : columns([['since the baseline', '', 'was', 'is'], ...rows]);
  return warning === undefined ? table : `${warning}\n${table}`;
}
