// The first screen: the assignment itself, sentence by sentence, with the requirements that stand
// for each.
import { type ComponentChild, h } from 'preact';
import type {
  Evidence,
  RequirementEvidence,
  Sentence,
  Verdict,
} from '../../harness/evidence/model.ts';
import { chip, countVerdict, MARK, VERDICTS } from './words.ts';

export function assignment(evidence: Evidence): ComponentChild {
  const asked = groups(evidence.sentences.filter(({ beyond }) => !beyond));
  const further = evidence.sentences.filter((sentence) => sentence.beyond);
  const beyond = groups(further);
  const keys = new Set(further.map(({ key }) => key));
  return h(
    'section',
    { id: 'assignment', 'aria-labelledby': 'assignment-title' },
    h('h2', { id: 'assignment-title' }, 'The assignment, sentence by sentence'),
    h(
      'div',
      { class: 'sentences' },
      asked.map((group) => sentenceGroup(group, evidence.requirements, keys)),
    ),
    h(
      'div',
      { class: 'sentences beyond' },
      beyond.map((group) => sentenceGroup(group, evidence.requirements, keys)),
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
  requirements: readonly RequirementEvidence[],
  beyond: ReadonlySet<string>,
): ComponentChild {
  return h(
    'div',
    { class: 'group' },
    h('h3', null, heading),
    h(
      'ul',
      null,
      sentences.map((sentence) => sentenceItem(sentence, requirements, beyond)),
    ),
  );
}

function sentenceItem(
  sentence: Sentence,
  requirements: readonly RequirementEvidence[],
  beyond: ReadonlySet<string>,
): ComponentChild {
  const standing = sentence.wholeRun
    ? requirements.filter(({ sentences }) => sentences.some((key) => !beyond.has(key)))
    : requirements.filter(({ sentences }) => sentences.includes(sentence.key));
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
        ? h('span', { class: 'quiet' }, 'not asked in this run')
        : sentence.wholeRun
          ? wholeRun(standing, verdict)
          : standing.map(chip),
    ),
  );
}

/** One refuted requirement refutes the sentence; one that cannot be shown here leaves it open. */
function together(requirements: readonly RequirementEvidence[]): Verdict | undefined {
  return VERDICTS.find((verdict) => countVerdict(requirements, verdict) > 0);
}

/**
 * The sentences that ask for a demonstration as such are answered by all requirements that stand for
 * something asked.
 */
function wholeRun(
  requirements: readonly RequirementEvidence[],
  verdict: Verdict = 'proven',
): ComponentChild {
  return h(
    'a',
    { class: `chip ${verdict}`, href: '#requirements' },
    h('span', { class: 'sign', 'aria-hidden': 'true' }, MARK[verdict].sign),
    `all that is asked: ${countVerdict(requirements, 'proven')} of ${requirements.length} proven`,
  );
}
