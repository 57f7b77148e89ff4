// What is said of our own speed: which promises are kept, and by how much the others are missed.
// Pure.
import type { Analysis } from '../analysis/analysis.ts';
import { enumerate, figure } from './phrases.ts';

export function explainOwnSpeed({ goals }: Analysis): string[] {
  if (goals.length === 0) return [];
  const [met, rest] = [goals.filter((goal) => goal.met), goals.filter((goal) => !goal.met)];
  const missed = rest.flatMap(({ name, value, goal, least }) =>
    value === undefined
      ? []
      : [`${name} (${figure(value)}, wanted ${least ? 'at least' : 'at most'} ${figure(goal)})`],
  );
  const unknown = rest.filter(({ value }) => value === undefined).map(({ name }) => name);
  return [
    `${met.length} of ${goals.length} goals are met.`,
    ...(missed.length === 0 ? [] : [`Missed: ${enumerate(missed)}.`]),
    ...(unknown.length === 0 ? [] : [`Not measured in this run: ${enumerate(unknown)}.`]),
  ];
}
