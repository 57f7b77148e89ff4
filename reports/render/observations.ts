// The right side of an opened requirement: both observers' values, the control, and the plan as a
// waterfall.
import { type ComponentChild, h } from 'preact';
import type { Artefact, Control, Observation, PlanTrace } from '../../harness/evidence/model.ts';
import { foreign, nanoseconds, plural } from './words.ts';

export function observationTable(observations: readonly Observation[], id: string): ComponentChild {
  if (observations.length === 0) return null;
  const cell = (value: string | undefined, head: string, decisive: boolean) =>
    h(
      'td',
      {
        'data-head': head,
        class: value === undefined ? 'absent' : decisive ? 'decisive' : undefined,
      },
      value === undefined ? '–' : h('code', null, value),
    );
  return h(
    'div',
    { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': `${id}: observations` },
    h(
      'table',
      { class: 'observed' },
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          ['observation', 'inside', 'host', 'control'].map((head) =>
            h('th', { scope: 'col' }, head),
          ),
        ),
      ),
      h(
        'tbody',
        null,
        observations.map(({ label, inside, host, control, decisive }) =>
          h(
            'tr',
            { class: decisive ? 'decides' : undefined },
            h(
              'th',
              { scope: 'row' },
              foreign(label),
              decisive
                ? h(
                    'span',
                    { class: 'decides-mark', title: 'the verdict depends on this' },
                    ' ◆ decisive',
                  )
                : null,
            ),
            cell(inside, 'inside', decisive),
            cell(host, 'host', decisive),
            cell(control, 'control', decisive),
          ),
        ),
      ),
    ),
  );
}

const OUTCOME: Readonly<Record<Control['outcome'], string>> = {
  opposite: '✓ answers the opposite, as required',
  same: '✗ answers the same: nothing is proven',
  'not-run': 'no control',
};

export function controlNote({ description, outcome, observed }: Control): ComponentChild {
  return h(
    'div',
    { class: `control ${outcome}` },
    h('p', null, h('strong', null, 'Control: '), foreign(description)),
    h(
      'p',
      { class: 'outcome' },
      h('span', null, OUTCOME[outcome]),
      observed === '' ? null : h('code', null, observed),
    ),
  );
}

export function waterfall({ title, steps }: PlanTrace, id: string): ComponentChild {
  const end = Math.max(1, ...steps.map(({ startNs, durationNs }) => startNs + durationNs));
  return h(
    'div',
    { class: 'waterfall' },
    h(
      'h4',
      null,
      foreign(title),
      h('span', { class: 'quiet' }, ` ${plural(steps.length, 'step')}, ${nanoseconds(end)}`),
    ),
    h(
      'div',
      {
        class: 'scroll tall',
        tabIndex: 0,
        role: 'region',
        'aria-label': `${id}: plan of ${title}`,
      },
      h(
        'ol',
        null,
        steps.map(({ index, phase, text, startNs, durationNs, error }) =>
          h(
            'li',
            { class: error === undefined ? `phase-${phase}` : `phase-${phase} failed` },
            h('span', { class: 'index' }, index + 1),
            h('span', { class: 'phase' }, phase),
            h(
              'span',
              { class: 'operation', title: text },
              foreign(text),
              error === undefined ? null : h('strong', null, ` ${error}`),
            ),
            h(
              'span',
              { class: 'track', 'aria-hidden': 'true' },
              h('i', { style: `left:${percent(startNs, end)};width:${percent(durationNs, end)}` }),
            ),
            h('span', { class: 'took' }, nanoseconds(durationNs)),
          ),
        ),
      ),
    ),
  );
}

export function artefact({ name, mediaType, text }: Artefact, id: string): ComponentChild {
  return h(
    'details',
    { class: 'artefact' },
    h(
      'summary',
      null,
      foreign(name),
      h('span', { class: 'quiet' }, ` ${mediaType}, ${plural(text.split('\n').length, 'line')}`),
    ),
    h('pre', { tabIndex: 0, role: 'region', 'aria-label': `${id}: ${name}` }, text),
  );
}

function percent(part: number, whole: number): string {
  return `${((part / whole) * 100).toFixed(2)}%`;
}
