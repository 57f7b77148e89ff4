// Values of options; an unknown name is refused with the one that was probably meant.
import { InvalidArgumentError } from '@commander-js/extra-typings';
import { messageOf } from '../../runtime/base/errors.ts';
import { suggestion } from '../../runtime/config/suggest.ts';
import { MEASURES } from '../samples/records.ts';
import { selectTargets, TARGETS } from '../targets/catalogue.ts';
import type { Target } from '../targets/target.ts';

/** What `--only` takes. */
export const PARTS: readonly string[] = [...MEASURES, 'goals'];

/** Targets with life cycles. */
export const CYCLING = TARGETS.filter(({ paces }) => paces.length > 0);

/** @throws InvalidArgumentError as all here do. */
export function parseParts(text: string): string[] {
  return names(text, 'measure').map((name) => {
    if (PARTS.includes(name)) return name;
    const hint = suggestion(name, PARTS, `there are ${PARTS.join(', ')}`);
    throw new InvalidArgumentError(`no measure is called ${JSON.stringify(name)}: ${hint}`);
  });
}

/** With bare metal, which all are compared with. */
export function parseTargets(text: string): readonly Target[] {
  return chosen(['bare', ...names(text, 'target')], TARGETS);
}

export function parseCycling(text: string): readonly Target[] {
  return chosen(names(text, 'target'), CYCLING);
}

export function parseCount(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('give a whole number from 1');
}

function names(text: string, noun: string): string[] {
  const list = text.split(',').map((name) => name.trim());
  const found = list.filter((name) => name !== '');
  if (found.length === 0) throw new InvalidArgumentError(`name at least one ${noun}`);
  return found;
}

function chosen(list: readonly string[], from: readonly Target[]): readonly Target[] {
  try {
    return selectTargets(list, from);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}
