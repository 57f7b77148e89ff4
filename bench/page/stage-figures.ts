// Where a start goes: phases of our own plan, stages of a guest's boot, and the operations that
// take most.
import type { ComponentChild } from 'preact';
import type { Analysis } from '../analysis/analysis.ts';
import { type Bar, barChart } from './chart.ts';
import { stagesOf } from './explain-startup.ts';

const MOST_OPERATIONS = 12;
const BEGINNING = 'operation.';
const STAGE_COLOURS = [
  'phase-host',
  'phase-spawn',
  'phase-link',
  'phase-inside',
  'phase-exec',
  'quiet',
];

/** Where a start goes: each target on its own scale, since they are orders of magnitude apart. */
export function stageFigures(analysis: Analysis): ComponentChild[] {
  const waterfalls = analysis.targets.map(({ name, label }) => {
    const stages = stagesOf(analysis, name);
    const bars = stages.map((stage) => ({
      label: stage.name,
      part: stage.name,
      from: stage.from,
      to: stage.to,
    }));
    const colours = stages.map(
      (stage, index) =>
        [stage.name, STAGE_COLOURS[index % STAGE_COLOURS.length] ?? 'quiet'] as const,
    );
    return barChart(
      `stages-${name}`,
      `Where a start goes: ${label}`,
      { label: 'milliseconds since the request' },
      bars,
      colours,
    );
  });
  return [
    ...waterfalls,
    ...analysis.targets.map(({ name, label }) => operations(analysis, name, label)),
  ];
}

/**
 * Of the kinds of operation, those that take most; some run beside each other, so they do not add
 * up to the whole.
 */
function operations({ samples }: Analysis, target: string, label: string): ComponentChild {
  const all = samples.quantities(target, BEGINNING).map((quantity) => ({
    name: quantity.slice(BEGINNING.length),
    us: (samples.estimate({ target, quantity })?.median ?? 0) / 1e3,
  }));
  const most = all.sort((a, b) => b.us - a.us).slice(0, MOST_OPERATIONS);
  const bars = most.map(({ name, us }): Bar => ({ label: name, part: name, from: 0, to: us }));
  const colours = most.map(({ name }) => [name, `phase-${name.split(':', 1)[0]}`] as const);
  return barChart(
    `operations-${target}`,
    `Operations of the plan that take most: ${label}`,
    { label: 'microseconds' },
    bars,
    colours,
  );
}
