// What the sections of faults and mutants share: their heading, and the counts in their tables.
import { type ComponentChild, h } from 'preact';
import { commitWord, shortCommit } from '../../harness/reporter/content.ts';
import type { OwnRun } from '../runs/own-run.ts';
import { milliseconds, moment } from './words.ts';

/** Headed by when and where the run was; `more` are further facts about it. */
export function ownRunSection(
  id: string,
  title: string,
  { startedAt, durationMs, commit, kernel, cgroups }: OwnRun,
  more: readonly string[],
  ...content: readonly ComponentChild[]
): ComponentChild {
  const parts = [
    `${moment(startedAt)}, took ${milliseconds(durationMs)}`,
    commitText(commit),
    `Linux ${kernel}, cgroups ${cgroups}`,
    ...more,
  ];
  return h(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    h(
      'h2',
      { id: `${id}-title` },
      title,
      h('span', { class: 'quiet' }, ` a run of its own: ${parts.join(' · ')}`),
    ),
    ...content,
  );
}

/** A commit may end with `+`: with local changes. */
function commitText(commit: string): string {
  if (commit === '') return 'no commit';
  const id = commit.replace(/\+$/, '');
  return `${commitWord({ id })} ${shortCommit({ id })}${commit.endsWith('+') ? '+' : ''}`;
}

/** A cell of a table that counts; `badge` is the verdict whose colour it has. */
export function countCell(number: number, badge: string): ComponentChild {
  return h(
    'td',
    null,
    number === 0
      ? h('span', { class: 'quiet' }, '0')
      : h('span', { class: `badge ${badge}` }, number),
  );
}
