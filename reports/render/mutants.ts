// The proof score: how many changes of the runtime the requirements noticed, by area; the survivors
// and those that change nothing, with the reasons.
import { type ComponentChild, h } from 'preact';
import { type Mutants, type Outcome, percentOf, scoreOf } from '../runs/mutants.ts';
import { countCell, ownRunSection } from './own-run.ts';
import { foreign, plural } from './words.ts';

type Mutant = Mutants['mutants'][number];

/** From left to right. */
const COLUMNS: readonly (readonly [outcome: Outcome, title: string, badge: string])[] = [
  ['refuted', '✓ noticed', 'proven'],
  ['broken', '✓ does not start', 'proven'],
  ['survived', '✗ survived', 'refuted'],
  ['failed', '✗ not tested', 'refuted'],
  ['equivalent', '– changes nothing', 'not-proven-here'],
  ['elsewhere', '– not on this host', 'not-proven-here'],
];

export function proofScore(run: Mutants | undefined): ComponentChild {
  if (run === undefined || run.mutants.length === 0) return null;
  const { population, mutants } = run;
  const core = mutants.filter((one) => one.core);
  return ownRunSection(
    'mutants',
    'Proof score',
    run,
    [],
    h(
      'p',
      null,
      'Each mutant is one change of the runtime. The requirements noticed ',
      h('strong', null, score(mutants)),
      ' of them, and of those that remove isolation or limits of the assignment ',
      h('strong', null, score(core)),
      '. ',
      h(
        'span',
        { class: 'quiet' },
        mutants.length === population
          ? `All ${population} mutants.`
          : `${mutants.length} of ${population} mutants.`,
      ),
    ),
    h(
      'div',
      { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Mutants by area' },
      h(
        'table',
        { class: 'audit' },
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            h('td', null),
            used(mutants).map(([, title]) => h('th', { scope: 'col' }, title)),
          ),
        ),
        h(
          'tbody',
          null,
          [...Map.groupBy(mutants, ({ area }) => area)].map(([area, own]) =>
            row(area, own, mutants),
          ),
        ),
      ),
    ),
    listed('survived', mutants, 'survived', true),
    listed('not-tried', mutants, 'failed', true),
    listed('equivalent', mutants, 'equivalent', false),
  );
}

/** `97.5 % (195 of 200)`. */
function score(mutants: readonly Mutant[]): string {
  const found = scoreOf(mutants);
  const of = found.counted === 0 ? '' : ` (${found.noticed} of ${found.counted})`;
  return `${percentOf(found)}${of}`;
}

function used(mutants: readonly Mutant[]) {
  return COLUMNS.filter(([outcome]) => mutants.some((one) => one.outcome === outcome));
}

function row(area: string, own: readonly Mutant[], all: readonly Mutant[]): ComponentChild {
  return h(
    'tr',
    null,
    h('th', { scope: 'row' }, foreign(area)),
    used(all).map(([outcome, , badge]) => {
      const number = own.filter((one) => one.outcome === outcome).length;
      return countCell(number, badge);
    }),
  );
}

function listed(
  key: string,
  mutants: readonly Mutant[],
  outcome: Outcome,
  open: boolean,
): ComponentChild {
  const found = mutants.filter((one) => one.outcome === outcome);
  const [, title = ''] = COLUMNS.find(([id]) => id === outcome) ?? [];
  if (found.length === 0) return null;
  return h(
    'details',
    { class: 'wrong-cases', open, 'data-mutants': key },
    h('summary', null, plural(found.length, 'mutant'), ` ${title.replace(/^\S+ /, '')}`),
    h(
      'ul',
      null,
      found.map(({ name, file, find, replace, said }) =>
        h(
          'li',
          null,
          h('code', null, name),
          ' ',
          foreign(said),
          h('pre', null, foreign(`${file}\n- ${find}\n+ ${replace}`)),
        ),
      ),
    ),
  );
}
