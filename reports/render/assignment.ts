// The first screen: the assignment itself, sentence by sentence, with the requirements that prove
// each.
import { type ComponentChild, h } from 'preact';
import type {
  Evidence,
  RequirementEvidence,
  Sentence,
  Verdict,
} from '../../harness/evidence/model.ts';
import { chip, countVerdict, MARK, VERDICTS } from './words.ts';

export function assignment({ sentences, requirements }: Evidence): ComponentChild {
  const asked = sentences.filter(({ beyond }) => !beyond);
  const beyond = sentences.filter((sentence) => sentence.beyond);
  const further = new Set(beyond.map(({ key }) => key));
  // Sentences that ask for a demonstration itself are proven by all requirements of the assignment.
  const whole = requirements.filter((one) => one.sentences.some((key) => !further.has(key)));
  const standingFor = ({ key, wholeRun }: Sentence) =>
    wholeRun ? whole : requirements.filter((one) => one.sentences.includes(key));
  return h(
    'section',
    { id: 'assignment', 'aria-labelledby': 'assignment-title' },
    h('h2', { id: 'assignment-title' }, 'The assignment, sentence by sentence'),
    h(
      'div',
      { class: 'sentences' },
      groups(asked).map((group) => sentenceGroup(group, standingFor)),
    ),
    h(
      'div',
      { class: 'sentences beyond' },
      groups(beyond).map((group) => sentenceGroup(group, standingFor)),
    ),
  );
}

interface Group {
  readonly heading: string;
  readonly sentences: readonly Sentence[];
}

function groups(sentences: readonly Sentence[]): Group[] {
  return [...Map.groupBy(sentences, ({ heading }) => heading)].map(([heading, members]) => ({
    heading,
    sentences: members,
  }));
}

function sentenceGroup(
  { heading, sentences }: Group,
  standingFor: (sentence: Sentence) => readonly RequirementEvidence[],
): ComponentChild {
  return h(
    'div',
    { class: 'group' },
    h('h3', null, heading),
    h(
      'ul',
      null,
      sentences.map((sentence) => sentenceItem(sentence, standingFor(sentence))),
    ),
  );
}

function sentenceItem(
  sentence: Sentence,
  standing: readonly RequirementEvidence[],
): ComponentChild {
  const verdict = together(standing);
  return h(
    'li',
    { id: `sentence-${sentence.key}`, class: verdict ?? 'unasked' },
    h(
      'span',
      { class: 'mark', 'aria-hidden': 'true' },
      verdict === undefined ? '·' : MARK[verdict].sign,
    ),
    h(
      'div',
      null,
      h('span', { class: 'text' }, sentence.text),
      ' ',
      standing.length === 0
        ? h('span', { class: 'quiet' }, 'not selected in this run')
        : sentence.wholeRun
          ? wholeRun(standing, verdict)
          : standing.map(chip),
    ),
  );
}

/** One refuted requirement refutes the sentence; one not proven here leaves it open. */
function together(requirements: readonly RequirementEvidence[]): Verdict | undefined {
  return VERDICTS.find((verdict) => countVerdict(requirements, verdict) > 0);
}

function wholeRun(
  requirements: readonly RequirementEvidence[],
  verdict: Verdict = 'proven',
): ComponentChild {
  return h(
    'a',
    { class: `chip ${verdict}`, href: '#requirements' },
    h('span', { class: 'sign', 'aria-hidden': 'true' }, MARK[verdict].sign),
    `whole assignment: ${countVerdict(requirements, 'proven')} of ${requirements.length} proven`,
  );
}
