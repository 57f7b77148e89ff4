// Verdicts counted, what failed, and host and commit in one line.
import { type ComponentChild, h } from 'preact';
import type { Evidence } from '../../harness/evidence/model.ts';
import { hasFailed } from '../../harness/evidence/verdict.ts';
import { commitWord, shortCommit } from '../../harness/reporter/content.ts';
import { chip, countVerdict, MARK, milliseconds, moment, VERDICTS } from './words.ts';

export function masthead(evidence: Evidence): ComponentChild {
  const { host, requirements } = evidence;
  const failed = requirements.filter(hasFailed);
  return h(
    'header',
    { class: 'masthead' },
    h(
      'div',
      { class: 'headline' },
      h(
        'h1',
        null,
        `${evidence.title} `,
        h(
          'span',
          { class: 'quiet' },
          failed.length > 0 ? 'does not meet every requirement' : 'against its assignment',
        ),
      ),
      h(
        'button',
        {
          type: 'button',
          id: 'theme',
          class: 'needs-script',
          'aria-label': 'Switch between dark and light',
        },
        '◐',
      ),
    ),
    h('ul', { class: 'tally', 'aria-label': 'Verdicts' }, tally(evidence), checksTally(evidence)),
    failed.length === 0 ? null : h('p', { class: 'refuted-ones' }, failed.map(chip)),
    where(evidence),
    host.lacks.length === 0
      ? null
      : h(
          'p',
          { class: 'where lacks' },
          h('strong', null, 'This host lacks: '),
          host.lacks.join('; '),
        ),
  );
}

function tally({ requirements }: Evidence): ComponentChild {
  return VERDICTS.toReversed().map((verdict) => {
    const number = countVerdict(requirements, verdict);
    // Verdicts that many suites do not need.
    if (number === 0 && (verdict === 'unsupported' || verdict === 'set-up-failed')) return null;
    return h(
      'li',
      { class: number === 0 ? 'none' : verdict },
      h('span', { class: 'sign', 'aria-hidden': 'true' }, MARK[verdict].sign),
      h('b', null, number),
      ` ${MARK[verdict].word}`,
    );
  });
}

function checksTally({ checks }: Evidence): ComponentChild {
  if (checks.passed + checks.failed.length === 0) return null;
  return h(
    'li',
    null,
    h('b', null, checks.passed),
    ' unit tests passed',
    checks.failed.length === 0
      ? null
      : [', ', h('a', { class: 'refuted', href: '#checks' }, `${checks.failed.length} failed`)],
  );
}

function where({
  host,
  program,
  commit,
  startedAt,
  durationMs,
  command,
}: Evidence): ComponentChild {
  const gibibytes = (host.memoryBytes / 2 ** 30).toFixed(1);
  const parts = [
    ...(program === undefined ? [] : [program]),
    host.hostname,
    host.distribution,
    `Linux ${host.kernel}`,
    `${host.arch}, ${host.cpus} CPUs, ${gibibytes} GiB`,
    `cgroups ${host.cgroups}`,
    `Node ${host.node}`,
    [
      `${commitWord(commit)} `,
      h('code', null, shortCommit(commit)),
      commit.dirty ? ' with uncommitted changes' : null,
    ],
    [h('time', { datetime: startedAt }, moment(startedAt)), `, took ${milliseconds(durationMs)}`],
    h('code', null, command),
  ];
  return h(
    'p',
    { class: 'where' },
    parts.map((part) => h('span', null, part)),
  );
}
