// What is typed after an option, as what it means; a name that is none is refused with the one that
// was probably meant.
import { InvalidArgumentError } from '@commander-js/extra-typings';
import { suggestion } from '../../runtime/config/suggest.ts';
import { selectTargets } from '../lifecycle/catalogue.ts';
import type { Target } from '../lifecycle/target.ts';
import { MEASURES } from '../run/job.ts';
import { selectPlaces } from '../targets/catalogue.ts';
import type { MeasureName, Place } from '../targets/target.ts';

export type Part = MeasureName | 'goals';

const isPart = (name: string): name is Part =>
  name === 'goals' || MEASURES.some((measure) => measure === name);

/** @throws InvalidArgumentError as all here do. */
export function parseMeasures(text: string): Part[] {
  const known = [...MEASURES, 'goals'];
  return words(text, 'measure').map((name) => {
    if (isPart(name)) return name;
    const hint = suggestion(name, known, `there are ${known.join(', ')}`);
    throw new InvalidArgumentError(`no measure is called ${JSON.stringify(name)}: ${hint}`);
  });
}

export function parsePlaces(text: string): readonly Place[] {
  return refused(() => selectPlaces(words(text, 'target')));
}

export function parseTargets(text: string): readonly Target[] {
  return refused(() => selectTargets(words(text, 'target')));
}

export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new InvalidArgumentError('a whole number from 1 is wanted');
  return Number(text);
}

function words(text: string, noun: string): string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) throw new InvalidArgumentError(`not one ${noun} is named`);
  return names;
}

function refused<T>(choose: () => T): T {
  try {
    return choose();
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
