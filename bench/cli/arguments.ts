// Values of options; an unknown name is refused with the one that was probably meant.
import { InvalidArgumentError } from '@commander-js/extra-typings';
import { suggestion } from '../../runtime/config/suggest.ts';
import { MEASURES } from '../samples/records.ts';
import { TARGETS } from '../targets/catalogue.ts';
import type { Target } from '../targets/target.ts';

/** What `--only` takes. */
export const PARTS: readonly string[] = [...MEASURES, 'goals'];

/** Targets with life cycles. */
export const CYCLING = TARGETS.filter(({ paces }) => paces.length > 0);

/** Names that stand for others. */
const GROUPS: Readonly<Record<string, readonly string[]>> = { qemu: ['q35', 'microvm'] };

/** @throws InvalidArgumentError as all here do. */
export function parseParts(text: string): string[] {
  return parseNames(text, 'measure', PARTS);
}

/** With bare metal, which all are compared with. */
export function parseTargets(text: string): readonly Target[] {
  return named(`bare,${text}`, TARGETS);
}

export function parseCycling(text: string): readonly Target[] {
  return named(text, CYCLING);
}

export function parseCount(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('give a whole number from 1');
}

/** In the catalogue's order. */
function named(text: string, from: readonly Target[]): readonly Target[] {
  const known = from.map(({ name }) => name);
  const names = parseNames(text, 'target', known);
  return from.filter(({ name }) => names.includes(name));
}

function parseNames(text: string, noun: string, known: readonly string[]): string[] {
  const names = text.split(',').map((name) => name.trim());
  const all = names.filter((name) => name !== '').flatMap((name) => GROUPS[name] ?? name);
  if (all.length === 0) throw new InvalidArgumentError(`name at least one ${noun}`);
  const unknown = all.find((name) => !known.includes(name));
  if (unknown === undefined) return all;
  const hint = suggestion(unknown, known, `there are ${known.join(', ')}`);
  throw new InvalidArgumentError(`no ${noun} is called ${JSON.stringify(unknown)}: ${hint}`);
}
