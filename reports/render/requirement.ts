// One requirement: a line when closed, all of its evidence when opened.
import { type ComponentChild, h } from 'preact';
import type { RequirementEvidence, Sentence, Step } from '../../harness/evidence/model.ts';
import { artefact, controlNote, observationTable, waterfall } from './observations.ts';
import { plot } from './plot.ts';
import type { Span } from './terminal-text.ts';
import { areaOf, foreign, milliseconds, verdictBadge } from './words.ts';

/** Lines of each transcript, in the requirement's order. */
export type Screens = readonly (readonly (readonly Span[])[])[];

export function requirementDetails(
  requirement: RequirementEvidence,
  screens: Screens,
  sentences: readonly Sentence[],
): ComponentChild {
  const { id, title, verdict, durationMs } = requirement;
  return h(
    'details',
    {
      class: `requirement ${verdict}`,
      'data-id': id,
      'data-verdict': verdict,
      'data-area': areaOf(id),
    },
    h(
      'summary',
      null,
      verdictBadge(verdict),
      h('span', { class: 'id' }, id),
      h('span', { class: 'title' }, title, why(requirement)),
      h('span', { class: 'took' }, milliseconds(durationMs)),
    ),
    h(
      'div',
      // The id is on the folded content: a browser unfolds the target of an address even without
      // scripts.
      { class: 'evidence', id },
      reason(requirement),
      h(
        'div',
        { class: 'left' },
        narration(requirement.steps, id),
        requirement.transcripts.map((_, index) =>
          transcript(requirement, index, screens[index] ?? []),
        ),
      ),
      h(
        'div',
        { class: 'right' },
        observationTable(requirement.observations, id),
        control(requirement),
        requirement.series.map((series, index) => plot(series, `${id}-${index}`)),
        requirement.plans.map((plan) => waterfall(plan, id)),
        requirement.artefacts.map((each) => artefact(each, id)),
      ),
      foot(requirement, sentences),
    ),
  );
}

/** The first line of the failure, shown in the closed line. */
function why({ failure, missing }: RequirementEvidence): ComponentChild {
  const line = failure?.split('\n', 1)[0] ?? missing;
  return line === undefined ? null : h('span', { class: 'why' }, foreign(line));
}

function reason({ verdict, failure, missing, id }: RequirementEvidence): ComponentChild {
  if (verdict === 'refuted')
    return h(
      'pre',
      {
        class: 'failure',
        tabIndex: 0,
        role: 'region',
        'aria-label': `${id}: reason of refutation`,
      },
      failure ?? 'refuted without a message',
    );
  if (verdict === 'not-proven-here')
    return h(
      'p',
      { class: 'missing' },
      h('strong', null, 'This host lacks: '),
      missing ?? 'no reason was given',
    );
  return null;
}

function control({ control, furtherControls, verdict }: RequirementEvidence): ComponentChild {
  if (control !== undefined) return [control, ...furtherControls].map(controlNote);
  return verdict === 'refuted' ? h('p', { class: 'control same' }, 'No control was run.') : null;
}

function narration(steps: readonly Step[], id: string): ComponentChild {
  if (steps.length === 0) return null;
  return h(
    'ol',
    { class: 'narration', 'aria-label': `${id}: narration` },
    steps.map(({ atMs, text }) =>
      h(
        'li',
        null,
        h('span', { class: 'at' }, `${(atMs / 1000).toFixed(1)} s`),
        h('span', null, foreign(text)),
      ),
    ),
  );
}

function transcript(
  { id, transcripts }: RequirementEvidence,
  index: number,
  lines: readonly (readonly Span[])[],
): ComponentChild {
  const recorded = transcripts[index];
  if (recorded === undefined) return null;
  const { title, role, command } = recorded;
  return h(
    'section',
    { class: `transcript ${role}`, 'aria-label': `${id}: transcript of ${title}` },
    h(
      'div',
      { class: 'transcript-head' },
      h(
        'h4',
        null,
        role === 'control' ? h('span', { class: 'role' }, 'control') : null,
        foreign(title),
      ),
      h(
        'button',
        { type: 'button', class: 'play needs-script', 'data-cast': `${id}/${index}` },
        '▶ play',
      ),
    ),
    h('code', { class: 'command' }, command),
    h(
      'pre',
      { class: 'screen', tabIndex: 0, role: 'region', 'aria-label': `${id}: ${title}, text` },
      lines.map((line) => [
        ...line.map(({ text, style }) => (style === '' ? text : h('span', { class: style }, text))),
        '\n',
      ]),
    ),
  );
}

function foot(
  { rerun, file, sentences: keys }: RequirementEvidence,
  sentences: readonly Sentence[],
): ComponentChild {
  const stands = sentences.filter(({ key }) => keys.includes(key));
  return h(
    'div',
    { class: 'foot' },
    h(
      'p',
      { class: 'rerun' },
      h('span', null, 'Rerun'),
      h('code', null, rerun),
      h('button', { type: 'button', class: 'copy needs-script', 'data-copy': rerun }, 'copy'),
      h('span', { class: 'quiet' }, file),
    ),
    stands.map(({ key, text }) =>
      h('p', { class: 'stands' }, h('a', { href: `#sentence-${key}` }, '↑ proves'), ` “${text}”`),
    ),
  );
}
