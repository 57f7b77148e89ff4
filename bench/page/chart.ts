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

export interface Bar {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly part: string;
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

const WIDTH = 440;

/** Nothing at all where there is no line. */
export function lineChart(
  caption: Caption,
  x: Axis,
  y: Axis,
  lines: readonly Line[],
): Html | undefined {
  const drawn = lines.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return undefined;
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
  const names = drawn.map(({ label }) => label);
  const svg = draw(caption, names, {
    ...{ height: 280, marginLeft: 56, x: scale(x), y: { ...scale(y), grid: true } },
    marks: [...marks, ...dots],
  });
  const legend = drawn.map(({ target, label }) => {
    const { colour, dash, width } = strokeOf(target);
    return html`<li><span class="line"><svg width="30" height="8" aria-hidden="true"><line x1="0"
      x2="30" y1="4" y2="4" style="stroke:${colour}" stroke-width="${width}"
      stroke-dasharray="${dash}"/></svg></span>${label}</li>`;
  });
  return framed(caption, svg, legend);
}

/** Horizontal bars made of parts. `colours` names each part and its colour of the theme. */
export function barChart(
  caption: Caption,
  x: Axis,
  bars: readonly Bar[],
  colours: readonly (readonly [string, string])[],
): Html | undefined {
  if (bars.length === 0) return undefined;
  const labels = [...new Set(bars.map(({ label }) => label))];
  const colourOf = new Map(colours);
  const cut = (label: string) => (label.length > 34 ? `${label.slice(0, 33)}…` : label);
  const fill = ({ part }: Bar) => `var(--${colourOf.get(part) ?? 'quiet'})`;
  const svg = draw(caption, labels, {
    ...{ height: 46 + labels.length * 26, marginTop: 6, marginLeft: 206 },
    x: { ...scale(x), ticks: 4, grid: true },
    y: { label: null, domain: labels, tickSize: 0, tickFormat: cut },
    marks: [
      Plot.barX(bars, {
        ...{ x1: 'from', x2: 'to', y: 'label', fill },
        ...{ insetTop: 3, insetBottom: 3, insetRight: 0.5 },
      }),
    ],
  });
  // Where each bar is one part its name is beside it already.
  const legend = colours
    .filter(([part]) => bars.some((bar) => bar.part === part && bar.part !== bar.label))
    .map(([part, colour]) => {
      const style = `background:var(--${colour})`;
      return html`<li><span class="swatch" style="${style}"></span>${part}</li>`;
    });
  return framed(caption, svg, legend);
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

function draw({ key, title }: Caption, names: readonly string[], options: Plot.PlotOptions) {
  const margins = { marginRight: 22, marginTop: 26, marginBottom: 40 };
  const label = `${title}: ${names.join(', ')}`;
  return new Html(svgOf(key, label, { width: WIDTH, ...margins, ...options }));
}

function framed({ key, title }: Caption, svg: Html, legend: readonly Html[]): Html {
  return html`<figure class="chart" id="figure-${key}"><figcaption>${title}</figcaption>
    <div class="drawing">${svg}</div>
    ${legend.length === 0 ? undefined : html`<ul class="legend">${legend}</ul>`}</figure>`;
}
