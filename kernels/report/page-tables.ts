// The tables of the matrix page: a sign for each requirement on each kernel and layout, and where
// the time went. Pure.
import { type ComponentChild, h } from 'preact';
import { MARK, milliseconds } from '../../reports/render/words.ts';
import { requirements } from '../../specs/requirements.ts';
import { type Cell, type ColumnResult, columnKey, type Matrix } from '../matrix/results.ts';

/** How the processor of a column came about. */
const WORDS = { kvm: 'KVM', tcg: 'emulated (TCG)', none: 'no emulation' } as const;
const TITLES = new Map(Object.entries(requirements).map(([id, { title }]) => [id, title]));

/**
 * Requirement × column: a cell is a sign, and a link to the evidence behind it, or to the console
 * of a guest that left none.
 */
export function verdictTable(
  key: string,
  heading: string,
  { columns, exec }: Matrix,
  ids: readonly string[],
): ComponentChild {
  if (ids.length === 0)
    return h(
      'section',
      { id: key },
      h('h2', null, heading),
      h('p', { class: 'quiet' }, 'Nowhere.'),
    );
  const row = (id: string) =>
    h(
      'tr',
      null,
      h(
        'th',
        { scope: 'row' },
        h('code', null, id),
        ' ',
        h('span', { class: 'title' }, exec === undefined ? TITLES.get(id) : ''),
      ),
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
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            h('th', { scope: 'col' }, exec === undefined ? 'Requirement' : 'Test'),
            columns.map(columnHead),
          ),
        ),
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
    h('small', null, WORDS[accelerator]),
    append.map((word) => h('small', null, h('code', null, word))),
  );
}

function cell(column: ColumnResult, found: Cell | undefined): ComponentChild {
  if (found === undefined)
    return h('td', { class: 'absent' }, h('span', { class: 'visually-hidden' }, 'not asked'));
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

/** How long each column took, in guest and on the host. */
export function timings({ columns, exec }: Matrix): ComponentChild {
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
  const job = exec === undefined ? 'specs' : 'program';
  const heads = ['', 'init', 'root ready', job, 'in all', 'speed factor', 'console'];
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

export function consoleLink({ console }: ColumnResult): ComponentChild {
  return console === undefined ? null : h('a', { href: console }, 'console log');
}
