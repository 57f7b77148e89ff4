// Which samples make which figure. A target that is emulated is so named in every legend and label.
import type { ComponentChild } from 'preact';
import type { Analysis, TargetSummary } from '../analysis/analysis.ts';
import { median } from '../samples/statistics.ts';
import { barChart, type Line, lineChart } from './chart.ts';

const MOST_POINTS = 60;
const MIB = 1048576;
/** More than this would press all the others against the axis. */
const LARGE_MIB = 12;
const ENGINES = ['podman', 'docker', 'lxc', 'nspawn'];

const isMachine = ({ family }: TargetSummary) => family === 'vm' || family === 'paravirtual';
const isSlow = (target: TargetSummary) => isMachine(target) || ENGINES.includes(target.name);

/**
 * Two figures of the same kind: one for targets that start in milliseconds, one for engines and
 * machines. Bare metal is in both.
 */
function halves(
  analysis: Analysis,
  draw: (key: string, who: string, targets: readonly TargetSummary[]) => ComponentChild,
): ComponentChild[] {
  const fast = analysis.targets.filter((target) => !isSlow(target));
  const slow = analysis.targets.filter(
    (target) => isSlow(target) || ['bare', 'terrarium'].includes(target.name),
  );
  return [
    draw('quick', 'host, sandboxes and runtimes', fast),
    ...(slow.some(isSlow) ? [draw('slow', 'engines and machines', slow)] : []),
  ];
}

/** Cumulative: which share of the samples was done within a time. */
export function distribution(
  { samples }: Analysis,
  target: string,
  quantity: string,
  per: number,
): [number, number][] {
  const sorted = samples
    .all(target, quantity)
    .map(({ value }) => value / per)
    .sort((a, b) => a - b);
  const [least] = sorted;
  return least === undefined
    ? []
    : [
        [least, 0],
        ...sorted.map((value, index): [number, number] => [value, (index + 1) / sorted.length]),
      ];
}

export function startupFigures(analysis: Analysis): ComponentChild[] {
  const draw = (quantity: string, title: string) =>
    halves(analysis, (key, who, targets) => {
      const lines = targets.map(
        ({ name, label }): Line => ({
          target: name,
          label,
          points: distribution(analysis, name, quantity, 1e6),
          steps: true,
        }),
      );
      return lineChart(
        `${quantity.replace('.', '-')}-${key}`,
        `${title}, ${who}`,
        { label: 'milliseconds', log: true },
        { label: 'starts done', percent: true },
        lines,
      );
    });
  return [...draw('start.warm', 'First line, warm'), ...draw('start.tcp', 'First TCP answer')];
}

export function crowdFigures(analysis: Analysis): ComponentChild[] {
  return halves(analysis, (key, who, targets) => {
    const lines = targets.map(
      ({ name, label }): Line => ({ target: name, label, points: smoothed(analysis, name) }),
    );
    return lineChart(
      `crowd-${key}`,
      `A start against those already alive, ${who}`,
      { label: 'alive, with it', log: true },
      { label: 'milliseconds', log: true },
      lines,
    );
  });
}

/** Medians of as many neighbours as leave some dozens of points. */
function smoothed({ samples }: Analysis, target: string): [number, number][] {
  const starts = samples.all(target, 'crowd.start').filter(({ round }) => round === 0);
  const each = Math.max(1, Math.ceil(starts.length / MOST_POINTS));
  return Array.from({ length: Math.floor(starts.length / each) }, (_, index) => {
    const part = starts.slice(index * each, (index + 1) * each);
    return [median(part.map(({ x = 0 }) => x + 1)), median(part.map(({ value }) => value)) / 1e6];
  });
}

export function loadFigures(analysis: Analysis): ComponentChild[] {
  const { samples, targets } = analysis;
  const lines = (quantity: string, per: number, knee: boolean) =>
    targets.map(({ name, label }): Line => {
      const points = samples
        .xs(name, quantity)
        .map((x): [number, number] => [
          x,
          (samples.estimate({ target: name, quantity, x })?.median ?? 0) / per,
        ]);
      const at = knee && points.length > 2 ? samples.saturation(name)?.knee : undefined;
      return { target: name, label, points, mark: points.find(([x]) => x === at) };
    });
  const connections = { label: 'connections', log: true };
  return [
    lineChart(
      'rate',
      'Throughput against concurrency; the knee is marked',
      connections,
      { label: '1000 requests a second' },
      lines('http.rate', 1e3, true),
    ),
    lineChart(
      'p99',
      'Latency that 99 % stay within, against concurrency',
      connections,
      { label: 'milliseconds', log: true },
      lines('http.p99', 1e6, false),
    ),
  ];
}

const MEMORY_PARTS = [
  ['the workload itself', 'quiet'],
  ['other user memory', 'subject'],
  ['the kernel’s', 'control'],
] as const;

export function memoryFigures(analysis: Analysis): ComponentChild[] {
  const amount = (target: TargetSummary | undefined, key: string) =>
    Math.max(
      0,
      (target?.measures.find(({ quantity }) => quantity.key === key)?.value.median ?? 0) / MIB,
    );
  const own = amount(
    analysis.targets.find(({ name }) => name === 'bare'),
    'memory.user',
  );
  const measured = analysis.targets.filter(
    ({ measures, family }) =>
      family !== 'control' && measures.some(({ quantity }) => quantity.key === 'memory.user'),
  );
  const total = (target: TargetSummary) =>
    amount(target, 'memory.user') + amount(target, 'memory.kernel');
  const draw = (key: string, who: string, targets: readonly TargetSummary[]) => {
    const bars = targets.flatMap((target) => {
      const user = amount(target, 'memory.user');
      const workload = Math.min(own, user);
      const ends = [workload, user, user + amount(target, 'memory.kernel')];
      return MEMORY_PARTS.map(([part], index) => ({
        label: target.label,
        part,
        from: index === 0 ? 0 : (ends[index - 1] ?? 0),
        to: ends[index] ?? 0,
      }));
    });
    return barChart(
      `memory-${key}`,
      `Memory of one more, ${who}`,
      { label: 'MiB' },
      bars,
      MEMORY_PARTS,
    );
  };
  return [
    draw(
      'small',
      'without a kernel of its own',
      measured.filter((target) => total(target) < LARGE_MIB),
    ),
    draw(
      'large',
      'the large ones',
      measured.filter((target) => total(target) >= LARGE_MIB),
    ),
  ];
}
