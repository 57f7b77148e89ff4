// The page's tables: what took part, what each costs beside bare metal, what was promised.
import { type ComponentChild, h } from 'preact';
import type { Analysis, Claim, Measured, TargetSummary } from '../analysis/analysis.ts';
import { QUANTITIES } from '../analysis/quantities.ts';
import type { GoalRecord } from '../samples/records.ts';
import { figure, interval, withUnit } from './phrases.ts';

function scrolling(label: string, table: ComponentChild): ComponentChild {
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label }, table);
}

function headRow(words: readonly ComponentChild[]): ComponentChild {
  return h(
    'thead',
    null,
    h(
      'tr',
      null,
      words.map((word) => h('th', { scope: 'col' }, word)),
    ),
  );
}

/**
 * Every target that was asked for: how it took part, what it says of itself from inside, the
 * command of one start.
 */
export function targetTable({ targets }: Analysis): ComponentChild {
  const row = (target: TargetSummary) => {
    const { label, version, note, remark, facts, command } = target;
    const inside =
      facts === undefined
        ? []
        : [
            `Linux ${facts.kernel}`,
            `CPUs ${facts.cpus}`,
            `PID ${facts.pid}`,
            facts.seccomp === 2 ? 'seccomp filter' : 'no filter',
          ];
    return h(
      'tr',
      null,
      h('th', { scope: 'row' }, label, version === undefined ? null : h('small', null, version)),
      h('td', { class: target.status === 'measured' ? 'proven' : 'refuted' }, stateOf(target)),
      h('td', null, note, remark === undefined ? null : h('small', null, remark)),
      h('td', null, h('small', null, inside.join(' · '))),
      h(
        'td',
        { class: 'command' },
        command === undefined
          ? null
          : h('details', null, h('summary', null, 'command'), h('code', null, command)),
      ),
    );
  };
  return scrolling(
    'Targets',
    h(
      'table',
      null,
      headRow(['target', 'here', 'what it is', 'seen from inside', 'one start']),
      h('tbody', null, targets.map(row)),
    ),
  );
}

function stateOf({ status, why, failures }: TargetSummary): ComponentChild {
  if (status !== 'measured')
    return [
      h('b', null, status === 'missing' ? '– missing' : '✗ failed'),
      h('small', null, why ?? ''),
    ];
  return [
    h('b', null, '✓ measured'),
    failures.map(({ measure, reason }) =>
      h('small', { class: 'refuted' }, `${measure} failed: ${reason}`),
    ),
  ];
}

const SIGN: Readonly<Record<Claim, string>> = {
  more: '',
  less: '',
  'no difference shown': '≈',
  'too few rounds': '?',
};

/** Quantities by targets: the ratio to bare metal, its interval, the value itself. */
export function ratioTable({ targets }: Analysis): ComponentChild {
  const shown = targets.filter(
    ({ measures, name }) => name !== 'bare' && measures.some(({ toBare }) => toBare !== undefined),
  );
  const bare = targets.find(({ name }) => name === 'bare');
  const used = QUANTITIES.filter(({ key }) =>
    shown.some(({ measures }) =>
      measures.some(({ quantity, toBare }) => quantity.key === key && toBare),
    ),
  );
  const of = (target: TargetSummary | undefined, key: string) =>
    target?.measures.find(({ quantity }) => quantity.key === key);
  const rows = used.map(({ key, title, unit }) => {
    const base = of(bare, key);
    return h(
      'tr',
      null,
      h('th', { scope: 'row' }, title, h('small', null, unit)),
      h('td', null, base === undefined ? '–' : withUnit(base)),
      shown.map((target) => ratioCell(of(target, key))),
    );
  });
  const head = ['quantity', 'bare metal', ...shown.map(({ label }) => label)];
  return scrolling(
    'Ratios to bare metal',
    h('table', { class: 'ratios' }, headRow(head), h('tbody', null, rows)),
  );
}

function ratioCell(measured: Measured | undefined): ComponentChild {
  if (measured?.toBare === undefined || measured.claim === undefined)
    return h('td', { class: 'absent' }, '–');
  const { toBare, claim, quantity } = measured;
  const worse = claim === (quantity.better === 'less' ? 'more' : 'less');
  const tone = claim === 'more' || claim === 'less' ? (worse ? 'worse' : 'better') : 'open';
  return h(
    'td',
    {
      class: tone,
      title:
        claim === 'more' || claim === 'less'
          ? `${worse ? 'worse' : 'better'} than bare metal`
          : claim,
    },
    h('b', null, `${SIGN[claim]}${figure(toBare.median)} ×`),
    h('small', null, interval(toBare)),
    h('small', null, withUnit(measured)),
  );
}

export function goalTable(goals: readonly GoalRecord[]): ComponentChild {
  const row = ({ name, unit, goal, least, value, low, high, met, why }: GoalRecord) => {
    const suffix = unit === 'ratio' ? ' ×' : unit === '' ? '' : ` ${unit}`;
    const [kind, words] =
      value === undefined
        ? ['not-proven-here', '– not measured']
        : met
          ? ['proven', '✓ met']
          : ['refuted', '✗ missed'];
    return h(
      'tr',
      null,
      h('th', { scope: 'row' }, name, why === undefined ? null : h('small', null, why)),
      h('td', null, value === undefined ? '–' : `${figure(value)}${suffix}`),
      h(
        'td',
        null,
        low === undefined || high === undefined || low === high ? '' : interval({ low, high }),
      ),
      h('td', null, `${least ? '≥' : '≤'} ${figure(goal)}${suffix}`),
      h('td', { class: kind }, words),
    );
  };
  return scrolling(
    'Goals',
    h(
      'table',
      null,
      headRow(['what', 'value', '95 %', 'goal', 'verdict']),
      h('tbody', null, goals.map(row)),
    ),
  );
}
