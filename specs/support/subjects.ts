// The subjects of Part A's requirements: Terrarium, unless another is named.
import { byHand, liar } from '../../fixtures/subjects/by-hand.ts';
import { liars, variants } from '../../fixtures/subjects/variants.ts';
import { type Subject, terrariumSubject } from './subject.ts';

const subjects: readonly Subject[] = [
  terrariumSubject,
  byHand(),
  ...Object.keys(variants).map(byHand),
  ...Object.keys(liars).map(liar),
];

export const subjectNames: readonly string[] = subjects.map(({ name }) => name);

/** @throws RangeError that lists all names. */
export function chosenSubject(name = terrariumSubject.name): Subject {
  const subject = subjects.find((candidate) => candidate.name === name);
  if (subject) return subject;
  throw new RangeError(`no subject is called ${name}; there are ${subjectNames.join(', ')}`);
}
