// The results of fault injection: for each table the cases by scenario and outcome, and every wrong
// case.
import { type ComponentChild, h } from 'preact';
import type { Faults, FaultTable } from '../runs/faults.ts';
import { countCell, ownRunSection } from './own-run.ts';
import { foreign, plural } from './words.ts';

type Outcome = FaultTable['outcomes'][number];

const CLASS = { right: 'proven', wrong: 'refuted', apart: 'not-proven-here' } as const;
const SIGN = { right: '✓', wrong: '✗', apart: '–' } as const;
/** The page shows at most this many; the file has all. */
const MOST_SHOWN = 100;

export function faultTables(faults: Faults | undefined): ComponentChild {
  if (faults === undefined || faults.tables.length === 0) return null;
  return ownRunSection(
    'faults',
    'Fault injection',
    faults,
    [`seed ${faults.seed}`],
    faults.tables.map(faultTable),
  );
}

function faultTable(table: FaultTable): ComponentChild {
  const { id, title, about, population, outcomes, scenarios, cases } = table;
  const verdicts = new Map(outcomes.map((outcome) => [outcome.id, outcome.verdict]));
  const wrong = cases.filter(({ outcome }) => (verdicts.get(outcome) ?? 'wrong') === 'wrong');
  return h(
    'div',
    { class: 'fault-table' },
    h('h3', { id: `faults-${id}` }, title),
    h('p', null, about, ' ', h('span', { class: 'quiet' }, tried(cases.length, population))),
    h(
      'div',
      { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': title },
      h(
        'table',
        { class: 'audit' },
        h('thead', null, h('tr', null, h('td', null), outcomes.map(heading))),
        h(
          'tbody',
          null,
          scenarios.map((scenario) => row(scenario, table)),
        ),
      ),
    ),
    wrong.length === 0 ? null : wrongCases(wrong),
  );
}

function tried(cases: number, population: number): string {
  return cases === population
    ? `All ${cases} cases.`
    : `${cases} of ${population} cases, drawn at random.`;
}

function heading({ title, verdict }: Outcome): ComponentChild {
  return h(
    'th',
    { scope: 'col' },
    h('span', { 'aria-hidden': 'true' }, SIGN[verdict]),
    ` ${title}`,
  );
}

function row(scenario: string, { outcomes, cases }: FaultTable): ComponentChild {
  const own = cases.filter((each) => each.scenario === scenario);
  return h(
    'tr',
    null,
    h('th', { scope: 'row' }, foreign(scenario)),
    outcomes.map(({ id, verdict }) => {
      const number = own.filter(({ outcome }) => outcome === id).length;
      return countCell(number, CLASS[verdict]);
    }),
  );
}

function wrongCases(cases: FaultTable['cases']): ComponentChild {
  const shown = cases.slice(0, MOST_SHOWN);
  return h(
    'details',
    { class: 'wrong-cases' },
    h('summary', null, plural(cases.length, 'case'), ' went wrong'),
    h(
      'ul',
      null,
      shown.map(({ id, problems, message, leftAfterGc }) =>
        h(
          'li',
          null,
          h('code', null, id),
          ' ',
          foreign(problems.join('; ')),
          message === '' ? null : h('pre', null, message),
          leftAfterGc.length === 0
            ? null
            : h('pre', null, `left after gc: ${leftAfterGc.join(' ')}`),
        ),
      ),
    ),
    cases.length > shown.length
      ? h('p', { class: 'quiet' }, `${cases.length - shown.length} more in faults.json`)
      : null,
  );
}
