// Figures as SVG drawn here, so that the page shows them without a script: lines with a legend, and
// bars.
import * as Plot from '@observablehq/plot';
import { svgOf } from '../../reports/render/plot.ts';
import { Html, html } from './html.ts';
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

/** A part of a bar. */
export interface Bar {
  readonly label: string;
  readonly part: string;
  /** Of the theme. */
  readonly colour: string;
  readonly from: number;
  readonly to: number;
}

export interface Axis {
  readonly label: string;
  readonly log?: boolean;
  readonly percent?: boolean;
}

/** What a figure is called; `key` is unique in the page. */
export interface Caption {
  readonly key: string;
  readonly title: string;
}

/** Nothing at all where there is no line. */
export function lineChart(
  caption: Caption,
  x: Axis,
  y: Axis,
  lines: readonly Line[],
): Html | undefined {
  const drawn = lines
    .filter(({ points }) => points.length > 0)
    .map((line) => ({ ...line, ...strokeOf(line.target) }));
  if (drawn.length === 0) return undefined;
  const marks = drawn.map(({ points, steps, colour, dash, width }) =>
    Plot.line(points, {
      ...{ x: '0', y: '1', stroke: colour, strokeWidth: width },
      ...(steps ? { curve: 'step-after' as const } : {}),
      ...(dash === '' ? {} : { strokeDasharray: dash }),
    }),
  );
  const dots = drawn.flatMap(({ mark, colour }) =>
    mark === undefined ? [] : Plot.dot([mark], { x: '0', y: '1', r: 4, fill: colour }),
  );
  const legend = drawn.map(
    ({ label, colour, dash, width }) => html`<li><span class="line"><svg width="30" height="8"
      aria-hidden="true"><line x1="0" x2="30" y1="4" y2="4" style="stroke:${colour}"
      stroke-width="${width}" stroke-dasharray="${dash}"/></svg></span>${label}</li>`,
  );
  const names = drawn.map(({ label }) => label);
  return draw(caption, names, legend, {
    ...{ height: 280, marginLeft: 56, x: scale(x), y: { ...scale(y), grid: true } },
    marks: [...marks, ...dots],
  });
}

/** Horizontal bars made of parts; nothing where there is none. */
export function barChart(caption: Caption, x: Axis, bars: readonly Bar[]): Html | undefined {
  if (bars.length === 0) return undefined;
  const labels = [...new Set(bars.map(({ label }) => label))];
  const cut = (label: string) => (label.length > 34 ? `${label.slice(0, 33)}…` : label);
  // Where each bar is one part its name is beside it already.
  const parts = new Map(
    bars.filter(({ part, label }) => part !== label).map(({ part, colour }) => [part, colour]),
  );
  const legend = [...parts].map(
    ([part, colour]) =>
      html`<li><span class="swatch" style="background:var(--${colour})"></span>${part}</li>`,
  );
  return draw(caption, labels, legend, {
    ...{ height: 46 + labels.length * 26, marginTop: 6, marginLeft: 206 },
    x: { ...scale(x), ticks: 4, grid: true },
    y: { label: null, domain: labels, tickSize: 0, tickFormat: cut },
    marks: [
      Plot.barX(bars, {
        ...{ x1: 'from', x2: 'to', y: 'label', fill: ({ colour }: Bar) => `var(--${colour})` },
        ...{ insetTop: 3, insetBottom: 3, insetRight: 0.5 },
      }),
    ],
  });
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

function draw(
  { key, title }: Caption,
  names: readonly string[],
  legend: readonly Html[],
  options: Plot.PlotOptions,
): Html {
  const size = { width: 440, marginRight: 22, marginTop: 26, marginBottom: 40 };
  const svg = svgOf(key, `${title}: ${names.join(', ')}`, { ...size, ...options });
  return html`<figure class="chart" id="figure-${key}"><figcaption>${title}</figcaption>
    <div class="drawing">${new Html(svg)}</div>
    ${legend.length > 0 && html`<ul class="legend">${legend}</ul>`}</figure>`;
}
