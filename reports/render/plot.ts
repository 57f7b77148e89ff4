// Values over time as an SVG, rendered at build time, so the page needs no script.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { type ComponentChild, h } from 'preact';
import type { Series } from '../../harness/evidence/model.ts';

const MOST_POINTS = 600;

/** `key` is unique in the page. */
export function plot(series: Series, key: string): ComponentChild {
  const lines = series.lines.map((line) => ({ ...line, points: thinned(line.points) }));
  const names = lines.map(({ label }) => label).join(', ');
  const svg = svgOf(key, `${series.title}: ${names}`, {
    width: 480,
    height: 180,
    marginLeft: 46,
    marginRight: 14,
    marginTop: 22,
    x: { label: 'seconds', nice: true },
    y: { label: series.unit, grid: true, zero: true, tickFormat: compactNumber },
    marks: [
      ...(series.limit === undefined ? [] : limitMarks(series.limit)),
      ...lines.map(({ points, role }) =>
        Plot.line(points, {
          x: (point) => point[0],
          y: (point) => point[1],
          stroke: `var(--${role})`,
          strokeWidth: 1.8,
          ...(role === 'control' ? { strokeDasharray: '5 3' } : {}),
        }),
      ),
    ],
  });
  return h(
    'figure',
    { class: 'plot' },
    h(
      'figcaption',
      null,
      h('strong', null, series.title),
      ...lines.map(({ label, role }) => h('span', { class: `key ${role}` }, label)),
    ),
    h('div', { dangerouslySetInnerHTML: { __html: svg } }),
  );
}

/** The text of a drawing named `label`. `key` makes its own style sheet unique in the page. */
export function svgOf(key: string, label: string, options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const chart = Plot.plot({ document, className: `plot-${key}`, ...options });
  // Plot labels groups of shapes, which have no role; the figure has one name instead.
  return chart.outerHTML
    .replace(/ aria-(?:label|hidden)="[^"]*"/g, '')
    .replace('<svg ', `<svg role="img" aria-label="${attribute(label)}" `);
}

function limitMarks({ label, value }: { readonly label: string; readonly value: number }) {
  return [
    Plot.ruleY([value], { stroke: 'var(--limit)', strokeWidth: 1.5 }),
    Plot.text([value], {
      y: (y) => y,
      text: () => label,
      frameAnchor: 'right',
      dy: -7,
      fill: 'var(--limit)',
      fontWeight: 600,
      textAnchor: 'end',
    }),
  ];
}

/** At most some hundred points: the first, the last, and evenly spaced ones between. */
function thinned<T>(points: readonly T[]): readonly T[] {
  if (points.length <= MOST_POINTS) return points;
  const step = (points.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, index) => points[Math.round(index * step)]).filter(
    (point) => point !== undefined,
  );
}

function compactNumber(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 }).format(
    value,
  );
}

function attribute(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
}
