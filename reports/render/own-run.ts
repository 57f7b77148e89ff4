// Shared by the sections of faults and mutants: their heading, and the counts in their tables.
import { type ComponentChild, h } from 'preact';
import { commitWord, shortCommit } from '../../harness/reporter/content.ts';
import type { OwnRun } from '../runs/own-run.ts';
import { milliseconds, moment } from './words.ts';

/** A section headed by time and place of its run; `more` are further facts. */
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
    `Linux ${kernel}, cgroup ${cgroups}`,
    ...more,
  ];
  return h(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    h(
      'h2',
      { id: `${id}-title` },
      title,
      h('span', { class: 'quiet' }, ` a separate run: ${parts.join(' · ')}`),
    ),
    ...content,
  );
}

/** A commit ends with `+` if there are local changes. */
function commitText(commit: string): string {
  if (commit === '') return 'no commit';
  const id = commit.replace(/\+$/, '');
  return `${commitWord({ id })} ${shortCommit({ id })}${commit.endsWith('+') ? '+' : ''}`;
}

/** A cell with a count; `badge` is the verdict of its colour. */
export function countCell(number: number, badge: string): ComponentChild {
  return h(
    'td',
    null,
    number === 0
      ? h('span', { class: 'quiet' }, '0')
      : h('span', { class: `badge ${badge}` }, number),
  );
}
