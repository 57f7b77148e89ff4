// Which samples make which figure. A target that is emulated is so named in every legend and label.
import type { Analysis, TargetSummary } from '../analysis/analysis.ts';
import { OPERATION } from '../samples/records.ts';
import { median } from '../samples/statistics.ts';
import { type Bar, barChart, type Caption, type Line, lineChart } from './chart.ts';
import { stagesOf } from './explain-startup.ts';
import type { Html } from './html.ts';
import { find, isMachine } from './phrases.ts';

const MOST_POINTS = 60;
const MOST_OPERATIONS = 12;
const MIB = 1048576;
/** More than this would press all the others against the axis. */
const LARGE_MIB = 12;
const ENGINES = ['podman', 'docker', 'lxc', 'nspawn', 'gvisor'];
const DONE = { label: 'starts done', percent: true };
const MS = { label: 'milliseconds', log: true };
const STAGE_COLOURS = [
  ...['phase-host', 'phase-spawn', 'phase-link', 'phase-inside', 'phase-exec', 'quiet'],
];

type Figures = readonly (Html | undefined)[];

const isSlow = (target: TargetSummary) => isMachine(target) || ENGINES.includes(target.name);

/** One figure for targets that start in milliseconds, one for the others. Bare metal is in both. */
function halves(
  { targets }: Analysis,
  { key, title }: Caption,
  draw: (caption: Caption, targets: readonly TargetSummary[]) => Html | undefined,
): Figures {
  const both = ['bare', 'terrarium'];
  const fast = targets.filter((target) => !isSlow(target));
  const slow = targets.filter((target) => isSlow(target) || both.includes(target.name));
  const of = (half: string, who: string) => ({ key: `${key}-${half}`, title: `${title}, ${who}` });
  return [
    draw(of('quick', 'host, sandboxes and runtimes'), fast),
    slow.some(isSlow) ? draw(of('slow', 'engines and machines'), slow) : undefined,
  ];
}

/** Cumulative: which share of the samples was done within a time. */
function distributions(
  { samples }: Analysis,
  targets: readonly TargetSummary[],
  quantity: string,
  per: number,
): Line[] {
  return targets.map(({ name, label }) => {
    const all = samples.all(name, quantity).map(({ value }) => value / per);
    const sorted = all.sort((a, b) => a - b);
    const done = sorted.map((value, index) => [value, (index + 1) / sorted.length] as const);
    const [least] = sorted;
    const points = least === undefined ? [] : [[least, 0] as const, ...done];
    return { target: name, label, points, steps: true };
  });
}

export function startupFigures(analysis: Analysis): Figures {
  const draw = (quantity: string, title: string) =>
    halves(analysis, { key: quantity.replace('.', '-'), title }, (caption, targets) =>
      lineChart(caption, MS, DONE, distributions(analysis, targets, quantity, 1e6)),
    );
  return [...draw('start.warm', 'First line, warm'), ...draw('start.tcp', 'First TCP answer')];
}

/** Where a start goes: each target on its own scale, since they are orders of magnitude apart. */
export function stageFigures(analysis: Analysis): Figures {
  const stages = analysis.targets.map(({ name, label }) => {
    const bars = stagesOf(analysis, name).map((stage, index) => {
      const colour = STAGE_COLOURS[index % STAGE_COLOURS.length] ?? 'quiet';
      return { ...stage, label: stage.name, part: stage.name, colour };
    });
    const caption = { key: `stages-${name}`, title: `Where a start goes: ${label}` };
    return barChart(caption, { label: 'milliseconds since the request' }, bars);
  });
  return [...stages, ...analysis.targets.map((target) => operations(analysis, target))];
}

/** Some run beside each other, so they do not add up to the whole. */
function operations({ samples }: Analysis, { name: target, label }: TargetSummary) {
  const all = samples.named(target, OPERATION.start).map(({ quantity, name }): Bar => {
    const us = (samples.estimate({ target, quantity })?.median ?? 0) / 1e3;
    const colour = `phase-${name.split(':', 1)[0]}`;
    return { label: name, part: name, colour, from: 0, to: us };
  });
  const most = all.sort((a, b) => b.to - a.to).slice(0, MOST_OPERATIONS);
  const title = `Operations of the plan that take most: ${label}`;
  return barChart({ key: `operations-${target}`, title }, { label: 'microseconds' }, most);
}

export function densityFigures(analysis: Analysis): Figures {
  const caption = { key: 'density', title: 'A start against those already alive' };
  return halves(analysis, caption, (half, targets) => {
    const lines = targets.map(({ name, label }) => ({
      ...{ target: name, label, points: smoothed(analysis, name) },
    }));
    return lineChart(half, { label: 'alive, with it', log: true }, MS, lines);
  });
}

/** Medians of as many neighbours as leave some dozens of points. */
function smoothed({ samples }: Analysis, target: string): [number, number][] {
  const starts = samples.firstRound(target, 'density.start');
  const each = Math.max(1, Math.ceil(starts.length / MOST_POINTS));
  return Array.from({ length: Math.floor(starts.length / each) }, (_, index) => {
    const part = starts.slice(index * each, (index + 1) * each);
    return [median(part.map(({ x = 0 }) => x + 1)), median(part.map(({ value }) => value)) / 1e6];
  });
}

export function loadFigures({ samples, targets }: Analysis): Figures {
  const lines = (quantity: string, per: number, knee: boolean) =>
    targets.map(({ name: target, label }): Line => {
      const points = samples.xs(target, quantity).map((x) => {
        const value = samples.estimate({ target, quantity, x })?.median ?? 0;
        return [x, value / per] as const;
      });
      const at = knee && points.length > 2 ? samples.saturation(target)?.knee : undefined;
      return { target, label, points, mark: points.find(([x]) => x === at) };
    });
  const connections = { label: 'connections', log: true };
  const rate = { key: 'rate', title: 'Throughput against concurrency; the knee is marked' };
  const p99 = { key: 'p99', title: 'Latency that 99 % stay within, against concurrency' };
  const perSecond = { label: '1000 requests a second' };
  return [
    lineChart(rate, connections, perSecond, lines('http.rate', 1e3, true)),
    lineChart(p99, connections, MS, lines('http.p99', 1e6, false)),
  ];
}

const MEMORY_PARTS = [
  ['the workload itself', 'quiet'],
  ['other user memory', 'subject'],
  ['the kernel’s', 'control'],
] as const;

export function memoryFigures(analysis: Analysis): Figures {
  const amount = (name: string, key: string) =>
    Math.max(0, (find(analysis, name, key)?.value.median ?? 0) / MIB);
  const own = amount('bare', 'memory.user');
  const measured = analysis.targets
    .filter(({ family, name }) => family !== 'control' && find(analysis, name, 'memory.user'))
    .map(({ name, label }) => {
      const user = amount(name, 'memory.user');
      const ends = [Math.min(own, user), user, user + amount(name, 'memory.kernel')];
      return MEMORY_PARTS.map(([part, colour], index): Bar => {
        const [from, to] = [ends[index - 1] ?? 0, ends[index] ?? 0];
        return { label, part, colour, from, to };
      });
    });
  const { large = [], small = [] } = Object.groupBy(measured, (bars) =>
    (bars.at(-1)?.to ?? 0) < LARGE_MIB ? 'small' : 'large',
  );
  const draw = (key: string, who: string, bars: readonly Bar[]) =>
    barChart({ key: `memory-${key}`, title: `Memory of one more, ${who}` }, { label: 'MiB' }, bars);
  return [
    draw('small', 'without a kernel of its own', small.flat()),
    draw('large', 'the large ones', large.flat()),
  ];
}

/** Whole life cycles beside the baseline and peers, and for how long the main thread is kept. */
export function cycleFigures(analysis: Analysis): Figures {
  const { samples, targets } = analysis;
  const share = { label: 'containers done', percent: true };
  const chart = (quantity: string, title: string, axis: typeof MS, per: number) => {
    const caption = { key: quantity.replace('.', '-'), title };
    return lineChart(caption, axis, share, distributions(analysis, targets, quantity, per));
  };
  const part = 'containers a second';
  const rates = targets.flatMap(({ name: target, label }): Bar[] => {
    const found = samples.estimate({ target, quantity: 'cycle.parallel' });
    if (found === undefined) return [];
    return [{ label, part, colour: 'subject', from: 0, to: 1e9 / found.median }];
  });
  const caption = { key: 'cycle-parallel', title: 'Eight at once: containers a second' };
  const us = { label: 'microseconds', log: false };
  return [
    chart('cycle.tight', 'A whole life cycle, back to back', MS, 1e6),
    chart('cycle.spaced', 'A whole life cycle, with pauses', MS, 1e6),
    barChart(caption, { label: 'a second' }, rates),
    chart('cycle.stretch', 'Longest time that a start keeps the main thread', us, 1e3),
  ];
}
