// Sections around the list: changes since the baseline, failed checks, the leftover audit and the
// timeline.
import { type ComponentChild, h } from 'preact';
import type { Change, Comparison } from '../../harness/evidence/compare.ts';
import type {
  AuditRow,
  Evidence,
  Probe,
  RequirementEvidence,
} from '../../harness/evidence/model.ts';
import { commitWord, shortCommit } from '../../harness/reporter/content.ts';
import { foreign, MARK, milliseconds, moment, plural } from './words.ts';

export function changes(comparison: Comparison): ComponentChild {
  const { newlyRefuted, noLongerProvable, newlyProven, notLookedAt } = comparison;
  const nothing = newlyRefuted.length + noLongerProvable.length + newlyProven.length === 0;
  return h(
    'section',
    { id: 'changes', class: 'changes', 'aria-labelledby': 'changes-title' },
    h(
      'h2',
      { id: 'changes-title' },
      'Since the baseline',
      h(
        'span',
        { class: 'quiet' },
        ` of ${moment(comparison.baselineStartedAt)}, ${commitWord({ id: comparison.baselineCommit })} ${shortCommit({ id: comparison.baselineCommit })}`,
      ),
    ),
    nothing ? h('p', null, 'No verdict changed.') : null,
    changeList('Newly refuted', newlyRefuted),
    changeList('No longer provable', noLongerProvable),
    changeList('Newly proven', newlyProven),
    notLookedAt.length === 0
      ? null
      : h('p', { class: 'quiet' }, `Not selected in this run: ${notLookedAt.join(', ')}`),
  );
}

function changeList(heading: string, list: readonly Change[]): ComponentChild {
  if (list.length === 0) return null;
  return h(
    'div',
    null,
    h('h3', null, `${heading} (${list.length})`),
    h(
      'ul',
      null,
      list.map(({ id, title, was, is }) =>
        h(
          'li',
          null,
          h(
            'a',
            { class: `chip ${is}`, href: `#${id}` },
            h('span', { class: 'sign', 'aria-hidden': 'true' }, MARK[is].sign),
            id,
          ),
          ` ${title} `,
          h('span', { class: 'quiet' }, `was ${was === 'absent' ? 'absent' : MARK[was].word}`),
        ),
      ),
    ),
  );
}

export function failedChecks({ checks }: Evidence): ComponentChild {
  if (checks.failed.length === 0) return null;
  return h(
    'section',
    { id: 'checks', 'aria-labelledby': 'checks-title' },
    h('h2', { id: 'checks-title' }, plural(checks.failed.length, 'unit test'), ' failed'),
    checks.failed.map(({ name, failure }) =>
      h(
        'div',
        null,
        h('h3', null, foreign(name)),
        h('pre', { class: 'failure', tabIndex: 0, role: 'region', 'aria-label': name }, failure),
      ),
    ),
  );
}

export function leftoverAudit(rows: readonly AuditRow[]): ComponentChild {
  const left = rows.reduce((sum, row) => sum + row.left.length, 0);
  return h(
    'section',
    { id: 'audit', 'aria-labelledby': 'audit-title' },
    h(
      'h2',
      { id: 'audit-title' },
      'Leftovers on the host',
      h('span', { class: 'quiet' }, left === 0 ? ' nothing' : ` ${plural(left, 'thing')}`),
    ),
    h(
      'div',
      { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Leftover audit' },
      h(
        'table',
        { class: 'audit' },
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            ['', 'before', 'after', 'left by this run'].map((head) =>
              h(head === '' ? 'td' : 'th', head === '' ? null : { scope: 'col' }, head),
            ),
          ),
        ),
        h('tbody', null, rows.map(auditRow)),
      ),
    ),
    besides(rows),
  );
}

/** Objects of other users are not leftovers of this run. */
function besides(rows: readonly AuditRow[]): ComponentChild {
  const seen = rows.filter(({ others = [] }) => others.length > 0);
  if (seen.length === 0) return null;
  return h(
    'details',
    { class: 'besides' },
    h(
      'summary',
      null,
      'Of other users: ',
      seen.map(({ what, others = [] }) => `${others.length} ${what}`).join(', '),
    ),
    h('pre', null, seen.flatMap(({ others = [] }) => others).join('\n')),
  );
}

function auditRow({ what, before, after, left }: AuditRow): ComponentChild {
  return h(
    'tr',
    { class: left.length === 0 ? 'proven' : 'refuted' },
    h('th', { scope: 'row' }, what),
    h('td', null, before),
    h('td', null, after),
    h(
      'td',
      null,
      left.length === 0
        ? h('span', { class: 'badge proven' }, '✓ nothing')
        : h(
            'span',
            null,
            h('span', { class: 'badge refuted' }, `✗ ${left.length}`),
            h('code', null, left.join('\n')),
          ),
    ),
  );
}

export function timeline({ requirements, durationMs }: Evidence): ComponentChild {
  const placed = requirements.filter(({ worker }) => worker > 0);
  if (placed.length === 0) return null;
  const lanes = [...Map.groupBy(placed, ({ worker }) => worker)].toSorted(([a], [b]) => a - b);
  const end = Math.max(1, durationMs, ...placed.map((each) => each.startedAtMs + each.durationMs));
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return h(
    'section',
    { id: 'timeline', 'aria-labelledby': 'timeline-title' },
    h(
      'h2',
      { id: 'timeline-title' },
      'Timeline',
      h(
        'span',
        { class: 'quiet' },
        ` ${milliseconds(durationMs)} on ${plural(lanes.length, 'worker')}`,
      ),
    ),
    h(
      'div',
      { class: 'lanes' },
      lanes.map(([worker, members]) =>
        h(
          'div',
          { class: 'lane' },
          h('span', { class: 'worker' }, `worker ${worker}`),
          h(
            'div',
            { class: 'bars' },
            members.map((each) => bar(each, end)),
          ),
        ),
      ),
      h(
        'div',
        { class: 'axis', 'aria-hidden': 'true' },
        ticks.map((at) => h('span', { style: `left:${at * 100}%` }, milliseconds(end * at))),
      ),
    ),
  );
}

function bar(
  { id, verdict, startedAtMs, durationMs }: RequirementEvidence,
  end: number,
): ComponentChild {
  const place = `left:${((startedAtMs / end) * 100).toFixed(2)}%;width:${((durationMs / end) * 100).toFixed(2)}%`;
  return h(
    'a',
    {
      class: verdict,
      href: `#${id}`,
      style: place,
      title: `${id}, ${MARK[verdict].word}, ${milliseconds(durationMs)}`,
      'aria-label': `${id}, ${MARK[verdict].word}`,
    },
    // Hidden if it does not fit.
    durationMs / end > 0.04 ? id : null,
  );
}

/** The programs that the requirements use, checked before the run. */
export function probeTable(probes: readonly Probe[]): ComponentChild {
  if (probes.length === 0) return null;
  return h(
    'section',
    { id: 'probes', 'aria-labelledby': 'probes-title' },
    h('h2', { id: 'probes-title' }, 'Probe programs'),
    h('p', null, 'Compared before the run with the checksums of their build (SHA-256).'),
    h(
      'details',
      null,
      h('summary', null, plural(probes.length, 'program')),
      h(
        'div',
        { class: 'wide' },
        h(
          'table',
          null,
          h(
            'tbody',
            null,
            probes.map(({ name, sha256 }) =>
              h(
                'tr',
                null,
                h('th', { scope: 'row' }, name),
                h('td', null, h('code', null, sha256)),
              ),
            ),
          ),
        ),
      ),
    ),
  );
}
