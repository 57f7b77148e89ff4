// What the matrix page says in words, before its tables: regressions, dead guests, what is refuted
// and what cannot be shown. Pure.
import { type ComponentChild, h } from 'preact';
import { MARK } from '../../reports/render/words.ts';
import {
  type ColumnResult,
  columnKey,
  type Difference,
  isCutShort,
  type Matrix,
  type MatrixComparison,
} from '../matrix/results.ts';
import { consoleLink } from './page-tables.ts';

/** What changed since the baseline, worst first. */
export function changes({
  newlyRefuted,
  noLongerProvable,
  newlyProven,
  notRun,
}: MatrixComparison): ComponentChild {
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
    notRun.length === 0
      ? null
      : h('p', { class: 'quiet' }, `Not run this time: ${notRun.join(', ')}`),
  );
}

/** Guests that died, programs that took too long. */
export function troubles({ columns }: Matrix): ComponentChild {
  const dead = columns.filter(({ outcome }) => outcome !== 'completed');
  if (dead.length === 0) return null;
  const line = (column: ColumnResult) =>
    h(
      'li',
      null,
      h('b', { class: 'refuted' }, `✗ ${columnKey(column)}: ${column.outcome}`),
      ` ${column.reason} `,
      consoleLink(column),
    );
  return h(
    'section',
    { id: 'troubles' },
    h('h2', null, 'Runs that did not finish'),
    h('ul', { class: 'plain' }, dead.map(line)),
  );
}

/**
 * What does not hold, or cannot be shown, and why: each once for all columns that say the same.
 * Guests that died are listed apart.
 */
export function findings(
  { columns }: Matrix,
  verdict: 'refuted' | 'not-proven-here',
  heading: string,
): ComponentChild {
  const said = new Map<
    string,
    { readonly id: string; readonly reason: string; readonly on: string[] }
  >();
  for (const column of columns) {
    const own = column.cells.filter(
      (cell) => cell.verdict === verdict && !isCutShort(cell, column),
    );
    for (const { id, reason } of own) {
      const key = `${id} ${reason}`;
      const found = said.get(key) ?? { id, reason, on: [] };
      found.on.push(columnKey(column));
      said.set(key, found);
    }
  }
  if (said.size === 0) return null;
  const line = ({
    id,
    reason,
    on,
  }: {
    readonly id: string;
    readonly reason: string;
    readonly on: readonly string[];
  }) =>
    h(
      'li',
      null,
      h('b', { class: verdict }, `${MARK[verdict].sign} ${id}`),
      ` on ${on.length === columns.length && on.length > 1 ? 'all of them' : on.join(', ')}`,
      h('span', { class: 'quiet' }, `: ${reason}`),
    );
  return h(
    'section',
    { id: verdict },
    h('h2', null, heading),
    h('ul', { class: 'plain' }, [...said.values()].map(line)),
  );
}
