// The matrix page: what is worst is said in words before the tables, and each cell leads to what is
// behind it.
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { cell, column as exampleColumn, matrix } from '../matrix/example-matrix.ts';
import { type Cell, type ColumnResult, compareMatrices } from '../matrix/results.ts';
import { matrixPage } from './page.ts';

/** A column with its files beside the page. */
const column = (kernel: string, cells: readonly Cell[]): ColumnResult =>
  exampleColumn(kernel, cells, {
    page: `matrix/${kernel}-v2/report.html`,
    console: `matrix/${kernel}-v2/console.log`,
  });
const opened = (...[run, comparison]: Parameters<typeof matrixPage>) =>
  parseHTML(matrixPage(run, comparison)).document;
const text = (document: Document, selector: string) =>
  document.querySelector(selector)?.textContent ?? '';

describe('the page', () => {
  const lost = matrix(
    column('a', [cell('NET-01', 'proven'), cell('LIM-01', 'refuted', 'no <memory> controller')]),
    column('b', [
      cell('NET-01', 'not-proven-here', 'a kernel with veth'),
      cell('LIM-01', 'refuted', 'no <memory> controller'),
    ]),
  );

  it('gives the reason of what is not proven, once for columns that agree', () => {
    const document = opened(lost, undefined);
    expect(text(document, '#refuted li')).toBe('✗ LIM-01 on all of them: no <memory> controller');
    expect(document.querySelectorAll('#refuted li')).toHaveLength(1);
    expect(text(document, '#not-proven-here li')).toBe('– NET-01 on b/v2: a kernel with veth');
  });

  it('has the rows on which columns differ first, and a link to the evidence in every cell', () => {
    const document = opened(lost, undefined);
    expect(text(document, '#differences tbody th code')).toBe('NET-01');
    expect(text(document, '#agreement tbody th code')).toBe('LIM-01');
    const links = [
      ...document.querySelectorAll('td.proven a, td.refuted a, td.not-proven-here a'),
    ].map((link) => link.getAttribute('href'));
    expect(links).toEqual(
      ['a', 'b', 'a', 'b'].map(
        (name, at) => `matrix/${name}-v2/report.html#${at < 2 ? 'NET-01' : 'LIM-01'}`,
      ),
    );
  });

  it('tells of a guest that died once, and leads from its cells to its console', () => {
    const reason = 'the kernel panicked: sysrq triggered crash';
    const { page: _, ...dead } = column('a', [
      cell('NET-01', 'refuted', reason),
      cell('LIM-01', 'refuted', reason),
    ]);
    const document = opened(matrix({ ...dead, outcome: 'panic', reason }), undefined);
    expect(text(document, '#troubles li')).toContain(`✗ a/v2: panic ${reason}`);
    expect(document.querySelector('#refuted')).toBeNull();
    expect(document.querySelector('td.refuted a')?.getAttribute('href')).toBe(
      'matrix/a-v2/console.log',
    );
  });

  it('begins with what changed since the baseline', () => {
    const before = matrix(column('a', [cell('NET-01', 'refuted', 'x'), cell('LIM-01', 'proven')]));
    const document = opened(lost, compareMatrices(before, lost));
    expect(document.querySelector('main section')?.id).toBe('changes');
    expect(
      [...document.querySelectorAll('#changes h3')].map((heading) => heading.textContent),
    ).toEqual(['Newly refuted (1)', 'Newly proven (1)']);
  });

  it('asks for nothing from elsewhere', () => {
    const page = matrixPage(lost, undefined);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/(?:src|href)="https?:/);
  });

  it('of a user’s program is about that, its tests by their own names', () => {
    const cells = [cell('NS-01', 'proven'), cell('my-tests', 'refuted', 'exit code 3')];
    const document = opened({ ...matrix(column('a', cells)), exec: './my-tests -v' }, undefined);
    expect(document.title).toBe('./my-tests -v on 1 kernel');
    expect(text(document, 'h1')).toContain('./my-tests -v');
    expect(text(document, '#agreement thead th')).toBe('Test');
    expect(text(document, '#agreement h2')).toBe('Every test');
    expect(text(document, '#agreement tbody th').trim()).toBe('NS-01');
  });
});
