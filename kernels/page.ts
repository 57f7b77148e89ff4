// The matrix as one HTML file: requirement × kernel and layout, what differs first. Pure; asks for nothing, links to what lies beside it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ComponentChild, h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { themeCss } from '../reports/render/theme.ts';
import { MARK, milliseconds, moment, plural, shortCommit, VERDICTS } from '../reports/render/words.ts';
import { requirements } from '../specs/requirements.ts';
import { type Cell, type ColumnResult, columnKey, type Difference, disagreements, type Matrix, type MatrixComparison } from './results.ts';

const TITLES = new Map(Object.entries(requirements).map(([id, { title }]) => [id, title]));
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

export function matrixPage(matrix: Matrix, comparison: MatrixComparison | undefined): string {
  const css = readFileSync(join(import.meta.dirname, '../reports/render/style/base.css'), 'utf8');
  const own = readFileSync(join(import.meta.dirname, 'page.css'), 'utf8');
  const body = renderToString(h('div', { class: 'page matrix' }, head(matrix), h('main', null, sections(matrix, comparison))));
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>Terrarium on ${plural(matrix.columns.length, 'kernel')}</title>`,
    `<style>${themeCss()}\n${css}\n${own}</style>`,
    '</head>',
    `<body>${body}</body>`,
    '</html>',
    '',
  ].join('\n');
}

function head({ columns, commit, startedAt, durationMs, command }: Matrix): ComponentChild {
  const cells = columns.flatMap((column) => column.cells);
  const tally = VERDICTS.toReversed().map((verdict) => {
    const number = cells.filter((cell) => cell.verdict === verdict).length;
    return h(
      'li',
      { class: number === 0 ? 'none' : verdict },
      h('span', { class: 'sign', 'aria-hidden': 'true' }, MARK[verdict].sign),
      h('b', null, number),
      ` ${MARK[verdict].word}`,
    );
  });
  const where = [`commit ${shortCommit(commit)}`, `${moment(startedAt)}, took ${milliseconds(durationMs)}`, command];
  return h(
    'header',
    { class: 'masthead' },
    h(
      'div',
      { class: 'headline' },
      h(
        'h1',
        null,
        'Terrarium ',
        h('span', { class: 'quiet' }, `on ${plural(columns.length, 'kernel and layout', 'kernels and layouts')}`),
      ),
    ),
    h('ul', { class: 'tally', 'aria-label': 'Verdicts' }, tally),
    h(
      'p',
      { class: 'where' },
      where.map((part) => h('span', null, part)),
    ),
  );
}

function sections(matrix: Matrix, comparison: MatrixComparison | undefined): ComponentChild {
  const ids = [...new Set(matrix.columns.flatMap(({ cells }) => cells.map(({ id }) => id)))];
  const differing = disagreements(matrix);
  const agreeing = ids.filter((id) => !differing.includes(id));
  return [
    comparison === undefined ? null : changes(comparison),
    troubles(matrix),
    matrix.columns.length < 2 ? null : table('differences', `Where the columns differ (${differing.length})`, matrix, differing),
    table(
      'agreement',
      matrix.columns.length < 2 ? 'Every requirement' : `Where they agree (${agreeing.length})`,
      matrix,
      matrix.columns.length < 2 ? ids : agreeing,
    ),
    timings(matrix),
  ];
}

function changes({ newlyRefuted, noLongerProvable, newlyProven, notRun }: MatrixComparison): ComponentChild {
  const list = (heading: string, all: readonly Difference[]) =>
    all.length === 0
      ? null
      : h(
          'div',
          null,
          h('h3', null, `${heading} (${all.length})`),
          h(
            'ul',
            { class: 'plain' },
            all.map(({ column, id, was, is, reason }) =>
              h(
                'li',
                null,
                h('b', { class: is }, `${MARK[is].sign} ${id}`),
                ` on ${column}, was ${MARK[was].word}`,
                reason === '' ? null : h('span', { class: 'quiet' }, `: ${reason}`),
              ),
            ),
          ),
        );
  const nothing = newlyRefuted.length + noLongerProvable.length + newlyProven.length === 0;
  return h(
    'section',
    { id: 'changes' },
    h('h2', null, 'Since the baseline'),
    nothing ? h('p', null, 'No verdict changed.') : null,
    list('Newly refuted', newlyRefuted),
    list('No longer provable', noLongerProvable),
    list('Newly proven', newlyProven),
    notRun.length === 0 ? null : h('p', { class: 'quiet' }, `Not run this time: ${notRun.join(', ')}`),
  );
}

/** Guests that did not come to their end. */
function troubles({ columns }: Matrix): ComponentChild {
  const dead = columns.filter(({ outcome }) => outcome !== 'completed');
  if (dead.length === 0) return null;
  const line = (column: ColumnResult) =>
    h('li', null, h('b', { class: 'refuted' }, `✗ ${columnKey(column)}: ${column.outcome}`), ` ${column.reason} `, consoleLink(column));
  return h('section', { id: 'troubles' }, h('h2', null, 'Guests that did not finish'), h('ul', { class: 'plain' }, dead.map(line)));
}

function table(key: string, heading: string, { columns }: Matrix, ids: readonly string[]): ComponentChild {
  if (ids.length === 0) return h('section', { id: key }, h('h2', null, heading));
  const row = (id: string) =>
    h(
      'tr',
      null,
      h('th', { scope: 'row' }, h('code', null, id), ' ', h('span', { class: 'title' }, TITLES.get(id) ?? '')),
      columns.map((column) =>
        cell(
          column,
          column.cells.find((one) => one.id === id),
        ),
      ),
    );
  return h(
    'section',
    { id: key },
    h('h2', null, heading),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': heading },
      h(
        'table',
        null,
        h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Requirement'), columns.map(columnHead))),
        h('tbody', null, ids.map(row)),
      ),
    ),
  );
}

function columnHead(column: ColumnResult): ComponentChild {
  const { kernel, layout, release, accelerator, append, page } = column;
  const name = h('b', null, kernel);
  return h(
    'th',
    { scope: 'col' },
    page === undefined ? name : h('a', { href: page }, name),
    h('span', null, layout),
    h('small', null, release),
    h('small', null, accelerator === 'none' ? 'no emulation' : accelerator),
    append.map((word) => h('small', null, h('code', null, word))),
  );
}

function cell(column: ColumnResult, found: Cell | undefined): ComponentChild {
  if (found === undefined) return h('td', { class: 'absent' }, h('span', { class: 'visually-hidden' }, 'not asked'));
  const { verdict, id, reason } = found;
  const { sign, word } = MARK[verdict];
  const href = column.page === undefined ? column.console : `${column.page}#${id}`;
  const label = [
    h('span', { 'aria-hidden': 'true', class: 'sign' }, sign),
    h('span', { class: 'visually-hidden' }, `${id} on ${columnKey(column)}: ${word}`),
  ];
  return h(
    'td',
    { class: verdict, title: reason === '' ? word : `${word}: ${reason}` },
    href === undefined ? label : h('a', { href }, label),
  );
}

function timings({ columns }: Matrix): ComponentChild {
  const s = (value: number | undefined) => (value === undefined ? '–' : `${value.toFixed(1)} s`);
  const row = (column: ColumnResult) => {
    const { initS, readyS, specsMs, wallMs, speedFactor } = column.timing;
    const values = [
      s(initS),
      s(readyS),
      specsMs === undefined ? '–' : milliseconds(specsMs),
      milliseconds(wallMs),
      speedFactor === undefined ? '–' : String(speedFactor),
    ];
    return h(
      'tr',
      null,
      h('th', { scope: 'row' }, columnKey(column)),
      values.map((value) => h('td', null, value)),
      h('td', null, consoleLink(column)),
    );
  };
  const heads = ['', 'init', 'root ready', 'specs', 'in all', 'speed factor', 'console'];
  return h(
    'section',
    { id: 'timing' },
    h('h2', null, 'Time'),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Time' },
      h(
        'table',
        { class: 'times' },
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            heads.map((text) => h('th', { scope: 'col' }, text)),
          ),
        ),
        h('tbody', null, columns.map(row)),
      ),
    ),
  );
}

function consoleLink({ console }: ColumnResult): ComponentChild {
  return console === undefined ? null : h('a', { href: console }, 'console log');
}
