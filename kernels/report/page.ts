// The matrix as one HTML file: requirement × kernel and layout, what differs first. Pure; asks for
// nothing, links to what lies beside it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ComponentChild, h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { commitWord, shortCommit } from '../../harness/reporter/content.ts';
import { htmlDocument, sheets } from '../../reports/render/document.ts';
import { MARK, milliseconds, moment, plural } from '../../reports/render/words.ts';
import {
  CELL_VERDICTS,
  disagreements,
  type Matrix,
  type MatrixComparison,
} from '../matrix/results.ts';
import { changes, findings, troubles } from './page-findings.ts';
import { timings, verdictTable } from './page-tables.ts';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

export function matrixPage(matrix: Matrix, comparison: MatrixComparison | undefined): string {
  const own = readFileSync(join(import.meta.dirname, 'page.css'), 'utf8');
  const body = renderToString(
    h('div', { class: 'page matrix' }, head(matrix), h('main', null, sections(matrix, comparison))),
  );
  const title = `${subject(matrix)} on ${plural(matrix.columns.length, 'kernel')}`;
  return htmlDocument({ title, policy: POLICY, styles: [...sheets('base', 'table'), own], body });
}

/** What was run: the specs of Terrarium, or a program of the user's. */
function subject({ exec }: Matrix): string {
  return exec ?? 'Terrarium';
}

function head(matrix: Matrix): ComponentChild {
  const { columns, commit, startedAt, durationMs, command } = matrix;
  const cells = columns.flatMap((column) => column.cells);
  const tally = CELL_VERDICTS.map((verdict) => {
    const number = cells.filter((cell) => cell.verdict === verdict).length;
    return h(
      'li',
      { class: number === 0 ? 'none' : verdict },
      h('span', { class: 'sign', 'aria-hidden': 'true' }, MARK[verdict].sign),
      h('b', null, number),
      ` ${MARK[verdict].word}`,
    );
  });
  const where = [
    `${commitWord(commit)} ${shortCommit(commit)}`,
    `${moment(startedAt)}, took ${milliseconds(durationMs)}`,
    command,
  ];
  return h(
    'header',
    { class: 'masthead' },
    h(
      'div',
      { class: 'headline' },
      h(
        'h1',
        null,
        `${subject(matrix)} `,
        h(
          'span',
          { class: 'quiet' },
          `on ${plural(columns.length, 'kernel and layout', 'kernels and layouts')}`,
        ),
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
    findings(matrix, 'refuted', 'Refuted'),
    matrix.columns.length < 2
      ? null
      : verdictTable(
          'differences',
          `Where the columns differ (${differing.length})`,
          matrix,
          differing,
        ),
    verdictTable(
      'agreement',
      matrix.columns.length < 2
        ? `Every ${matrix.exec === undefined ? 'requirement' : 'test'}`
        : `Where they agree (${agreeing.length})`,
      matrix,
      matrix.columns.length < 2 ? ids : agreeing,
    ),
    findings(matrix, 'not-proven-here', 'Not proven here, and why'),
    timings(matrix),
  ];
}
