// Values of options. An unknown name is refused with the one that was probably meant: all here
// throw InvalidArgumentError.
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

export const parseParts = (text: string) => parseNames(text, 'measure', PARTS);
/** With bare metal, which all are compared with. */
export const parseTargets = (text: string) => named(`bare,${text}`, TARGETS);
export const parseCycling = (text: string) => named(text, CYCLING);

export function parseCount(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('give a whole number from 1');
}

/** In the catalogue's order. */
function named(text: string, from: readonly Target[]): readonly Target[] {
  const names = parseNames(text, 'target', namesOf(from));
  return from.filter(({ name }) => names.includes(name));
}

export const namesOf = (targets: readonly Target[]) => targets.map(({ name }) => name);

function parseNames(text: string, noun: string, known: readonly string[]): string[] {
  const names = text.split(',').map((name) => name.trim());
  const all = names.filter((name) => name !== '').flatMap((name) => GROUPS[name] ?? name);
  if (all.length === 0) throw new InvalidArgumentError(`name at least one ${noun}`);
  const unknown = all.find((name) => !known.includes(name));
  if (unknown === undefined) return all;
  const hint = suggestion(unknown, known, `there are ${known.join(', ')}`);
  throw new InvalidArgumentError(`no ${noun} is called ${JSON.stringify(unknown)}: ${hint}`);
}
