// The words, signs and numbers that every part of the page uses.
import { type ComponentChild, h } from 'preact';
import type { RequirementEvidence, Verdict } from '../../harness/evidence/model.ts';

export const VERDICTS: readonly Verdict[] = [
  'refuted',
  'set-up-failed',
  'not-proven-here',
  'unsupported',
  'proven',
];

/** A sign as well as a word and a colour: none of them alone carries the verdict. */
export const MARK: Readonly<Record<Verdict, { readonly sign: string; readonly word: string }>> = {
  proven: { sign: '✓', word: 'proven' },
  refuted: { sign: '✗', word: 'refuted' },
  'not-proven-here': { sign: '–', word: 'not proven here' },
  unsupported: { sign: '○', word: 'unsupported' },
  'set-up-failed': { sign: '!', word: 'set-up failed' },
};

export function verdictBadge(verdict: Verdict): ComponentChild {
  const { sign, word } = MARK[verdict];
  return h(
    'span',
    { class: `badge ${verdict}` },
    h('span', { 'aria-hidden': 'true', class: 'sign' }, sign),
    ` ${word}`,
  );
}

/** A requirement as a link to its evidence, coloured by its verdict. */
export function chip({ id, title, verdict }: RequirementEvidence): ComponentChild {
  const { sign, word } = MARK[verdict];
  return h(
    'a',
    { class: `chip ${verdict}`, href: `#${id}`, title: `${word}: ${title}` },
    h('span', { 'aria-hidden': 'true', class: 'sign' }, sign),
    id,
    h('span', { class: 'visually-hidden' }, ` ${word}`),
  );
}

export function countVerdict(
  requirements: readonly RequirementEvidence[],
  verdict: Verdict,
): number {
  return requirements.filter((requirement) => requirement.verdict === verdict).length;
}

/** Text that a program printed: what it does to the direction of writing stays inside. */
export function foreign(text: string): ComponentChild {
  return h('bdi', null, text);
}

/** `NET` of `NET-03`. */
export function areaOf(id: string): string {
  return id.replace(/-[^-]*$/, '');
}

export function milliseconds(value: number): string {
  if (value < 1000) return `${Math.round(value)} ms`;
  return value < 120_000
    ? `${(value / 1000).toFixed(1)} s`
    : `${Math.floor(value / 60_000)} min ${Math.round((value % 60_000) / 1000)} s`;
}

export function nanoseconds(value: number): string {
  if (value < 1000) return `${value} ns`;
  if (value < 1_000_000) return `${(value / 1000).toFixed(value < 100_000 ? 1 : 0)} µs`;
  return `${(value / 1_000_000).toFixed(2)} ms`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `2026-03-01 10:20 UTC`. */
export function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** JSON inside a script element: nothing in it can end the element or begin a comment. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');
}
