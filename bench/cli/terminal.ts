// What a person sees: progress while it runs, tables at the end.
import { stripVTControlCharacters, styleText } from 'node:util';
import type { Verdict } from '../lifecycle/goals.ts';
import type { Report } from '../lifecycle/report.ts';
import type { Progress } from '../lifecycle/rounds.ts';
import type { StepSummary } from '../lifecycle/series.ts';
import type { Estimate } from '../samples/statistics.ts';

/** On a terminal one line that is rewritten; elsewhere a line per round. */
export function progressTo(stream: NodeJS.WriteStream): {
  show(progress: Progress): void;
  clear(): void;
} {
  let shownRound = -1;
  return {
    show({ round, rounds, pace, target, secondsLeft }) {
      const left = secondsLeft === undefined ? '' : ` · ${Math.ceil(secondsLeft)} s left`;
      if (stream.isTTY)
        stream.write(`\r\x1b[Kround ${round + 1}/${rounds} · ${pace} · ${target}${left}`);
      else if (round !== shownRound) stream.write(`round ${round + 1}/${rounds}${left}\n`);
      shownRound = round;
    },
    clear() {
      if (stream.isTTY) stream.write('\r\x1b[K');
    },
  };
}

/** The whole report as text. */
export function reportText(report: Report): string {
  const paces = report.paces.map(({ pace, title, peer = 'peer', results, noise }) => {
    const rows = results.map((result) => [
      result.title,
      ...spread(result.time, pace === 'crowd' ? 1e3 : 1e6),
      ratio(result.toFloor),
      ratio(result.toPeer),
      pace === 'crowd' ? `${Math.round(1e9 / result.time.median)}/s` : `${result.time.samples}`,
    ]);
    const unit = pace === 'crowd' ? 'µs per container' : 'ms';
    const last = pace === 'crowd' ? 'rate' : 'samples';
    const head = [
      `${title}, ${unit}`,
      'median',
      '95 %',
      'min',
      'max',
      '× floor',
      `× ${peer}`,
      last,
    ];
    const noiseLine =
      noise === undefined
        ? ''
        : `\nthe floor against itself: ${ratio(noise)} (${interval(noise, 1, 2)})`;
    return `${columns([head, ...rows])}${noiseLine}`;
  });
  return [
    hostLine(report),
    ...paces,
    stepsText(report.steps),
    columns([
      ['goal', 'value', '95 %', 'wanted', 'at least kept', ''],
      ...report.goals.map(goalRow),
    ]),
    report.skipped.map(({ target, reason }) => `${target}: ${reason}`).join('\n'),
    report.left.length === 0
      ? 'left behind: nothing'
      : `appeared meanwhile:\n  ${report.left.join('\n  ')}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function hostLine({ host }: Report): string {
  const versions = Object.entries(host.versions).map(([name, version]) => `${name} ${version}`);
  const line = `Linux ${host.kernel} · ${host.processors} × ${host.processor} · load ${host.load.toFixed(2)} · ${versions.join(' · ')}`;
  const busy = host.load > host.processors / 4;
  return busy
    ? `${line}\n${styleText('yellow', 'others use this machine: the intervals will be wide', { stream: process.stdout })}`
    : line;
}

function goalRow({ name, unit, goal, least, limit, value, verdict }: Verdict): string[] {
  const bound = (number: number | undefined) =>
    number === undefined ? '' : `${least ? '≥' : '≤'} ${number}${unit === 'us' ? ' µs' : ' ×'}`;
  const shown =
    value === undefined
      ? ['', '']
      : [digits(value.median, unit === 'us' ? 0 : 2), interval(value, 1, unit === 'us' ? 0 : 2)];
  const colour = verdict === 'met' ? 'green' : verdict === 'missed' ? 'red' : 'yellow';
  return [
    name,
    ...shown,
    bound(goal),
    bound(limit),
    styleText(colour, verdict, { stream: process.stdout }),
  ];
}

/** The steps that take most, and one line for the many that take little. */
function stepsText(steps: readonly StepSummary[]): string {
  if (steps.length === 0) return '';
  const large = steps.filter(({ share }) => share >= 0.01);
  const small = steps.filter(({ share }) => share < 0.01);
  const row = ({ phase, kind, ns, share }: StepSummary) => [
    phase,
    kind,
    digits(ns / 1e3, 0),
    `${digits(share * 100, 1)} %`,
  ];
  const sum = (of: 'ns' | 'share') => small.reduce((total, step) => total + step[of], 0);
  const rest = {
    phase: '',
    kind: `${small.length} steps under 1 %`,
    ns: sum('ns'),
    share: sum('share'),
  };
  const rows = [
    ...large.map(row),
    [rest.phase, rest.kind, digits(rest.ns / 1e3, 0), `${digits(rest.share * 100, 1)} %`],
  ];
  return columns([['where the time goes', 'step', 'µs', 'share'], ...rows]);
}

function spread(time: Estimate, per: number): string[] {
  return [
    digits(time.median / per, 2),
    interval(time, per, 2),
    digits(time.min / per, 2),
    digits(time.max / per, 2),
  ];
}

function interval({ low, high }: Estimate, per: number, places: number): string {
  return `${digits(low / per, places)}–${digits(high / per, places)}`;
}

function ratio(value: Estimate | undefined): string {
  return value === undefined ? '' : digits(value.median, 2);
}

function digits(value: number, places: number): string {
  return value.toFixed(places);
}

/** Columns aligned: the first to the left, numbers to the right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => visible(row[column] ?? ''))),
  );
  return rows
    .map((row, line) => {
      const text = row
        .map((cell, column) => pad(cell, widths[column] ?? 0, isNumber(rows, column)))
        .join('  ');
      return line === 0
        ? styleText('bold', text.trimEnd(), { stream: process.stdout })
        : text.trimEnd();
    })
    .join('\n');
}

function isNumber(rows: readonly (readonly string[])[], column: number): boolean {
  return rows.slice(1).some((row) => /^[\d.]+( %|\/s)?$/.test(row[column] ?? ''));
}

function pad(cell: string, width: number, right: boolean): string {
  const blanks = ' '.repeat(width - visible(cell));
  return right ? blanks + cell : cell + blanks;
}

function visible(text: string): number {
  return stripVTControlCharacters(text).length;
}
