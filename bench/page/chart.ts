// Figures as SVG drawn here, so that the page shows them without a script: lines with a legend, and
// bars.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { type ComponentChild, h } from 'preact';
import { strokeOf } from './palette.ts';
import { figure } from './phrases.ts';

export interface Line {
  /** Decides the stroke. */
  readonly target: string;
  readonly label: string;
  readonly points: readonly (readonly [number, number])[];
  /** A point that is marked. */
  readonly mark?: readonly [number, number] | undefined;
  /** Drawn as steps, as a distribution is. */
  readonly steps?: boolean;
}

export interface Axis {
  readonly label: string;
  readonly log?: boolean;
  readonly percent?: boolean;
}

const WIDTH = 440;

/** `key` is unique in the page. Nothing at all where there is no line. */
export function lineChart(
  key: string,
  title: string,
  x: Axis,
  y: Axis,
  lines: readonly Line[],
): ComponentChild {
  const drawn = lines.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return null;
  const marks = drawn.map(({ target, points, steps }) => {
    const { colour, dash, width } = strokeOf(target);
    return Plot.line(points, {
      ...{ x: '0', y: '1', stroke: colour, strokeWidth: width },
      ...(steps ? { curve: 'step-after' as const } : {}),
      ...(dash === '' ? {} : { strokeDasharray: dash }),
    });
  });
  const dots = drawn.flatMap(({ target, mark }) =>
    mark === undefined
      ? []
      : Plot.dot([mark], { x: '0', y: '1', r: 4, fill: strokeOf(target).colour }),
  );
  const svg = draw(key, `${title}: ${drawn.map(({ label }) => label).join(', ')}`, {
    height: 280,
    marginLeft: 56,
    x: scale(x),
    y: { ...scale(y), grid: true },
    marks: [...marks, ...dots],
  });
  return framed(
    key,
    title,
    svg,
    drawn.map(({ target, label }) => legendItem(target, label)),
  );
}

export interface Bar {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly part: string;
}

/** Horizontal bars made of parts. `colours` names each part and its colour of the theme. */
export function barChart(
  key: string,
  title: string,
  x: Axis,
  bars: readonly Bar[],
  colours: readonly (readonly [string, string])[],
): ComponentChild {
  if (bars.length === 0) return null;
  const labels = [...new Set(bars.map(({ label }) => label))];
  const colourOf = new Map(colours);
  const svg = draw(key, `${title}: ${labels.join(', ')}`, {
    height: 46 + labels.length * 26,
    marginTop: 6,
    marginLeft: 206,
    x: { ...scale(x), ticks: 4, grid: true },
    y: {
      label: null,
      domain: labels,
      tickSize: 0,
      tickFormat: (label: string) => (label.length > 34 ? `${label.slice(0, 33)}…` : label),
    },
    marks: [
      Plot.barX(bars, {
        x1: 'from',
        x2: 'to',
        y: 'label',
        fill: ({ part }) => `var(--${colourOf.get(part) ?? 'quiet'})`,
        insetTop: 3,
        insetBottom: 3,
        insetRight: 0.5,
      }),
    ],
  });
  // Where each bar is one part its name is beside it already.
  const legend = colours.filter(([part]) =>
    bars.some((bar) => bar.part === part && bar.part !== bar.label),
  );
  return framed(
    key,
    title,
    svg,
    legend.map(([part, colour]) =>
      h('li', null, h('span', { class: 'swatch', style: `background:var(--${colour})` }), part),
    ),
  );
}

function scale({ label, log = false, percent = false }: Axis) {
  const format = percent ? (value: number) => `${Math.round(value * 100)} %` : figure;
  return log
    ? { label, type: 'log' as const, tickFormat: powers, ticks: 4 }
    : { label, zero: true, nice: true, tickFormat: format, ticks: 5 };
}

/** On a logarithmic scale only 1, 2 and 5 of each power are named: there is no room for more. */
function powers(value: number): string {
  const digit = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [1, 2, 5].some((named) => Math.abs(digit - named) < 1e-6) ? figure(value) : '';
}

function draw(key: string, name: string, options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const chart = Plot.plot({
    document,
    className: `plot-${key}`,
    width: WIDTH,
    marginRight: 22,
    marginTop: 26,
    marginBottom: 40,
    ...options,
  });
  // Plot labels groups of shapes, which have no role; the figure has one name instead.
  return chart.outerHTML
    .replace(/ aria-(?:label|hidden)="[^"]*"/g, '')
    .replace('<svg ', `<svg role="img" aria-label="${attribute(name)}" `);
}

function framed(
  key: string,
  title: string,
  svg: string,
  legend: readonly ComponentChild[],
): ComponentChild {
  return h(
    'figure',
    { class: 'chart', id: `figure-${key}` },
    h('figcaption', null, title),
    h('div', { class: 'drawing', dangerouslySetInnerHTML: { __html: svg } }),
    legend.length === 0 ? null : h('ul', { class: 'legend' }, legend),
  );
}

function legendItem(target: string, label: string): ComponentChild {
  const { colour, dash, width } = strokeOf(target);
  const sample = `<svg width="30" height="8" aria-hidden="true"><line x1="0" x2="30" y1="4" y2="4" style="stroke:${colour}" stroke-width="${width}" stroke-dasharray="${dash}"/></svg>`;
  return h(
    'li',
    null,
    h('span', { class: 'line', dangerouslySetInnerHTML: { __html: sample } }),
    label,
  );
}

function attribute(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
}
