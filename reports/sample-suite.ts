// A sample suite for the tests of the pages: as many requirements and sentences as Part A has.
import type { Sentence } from '../harness/evidence/model.ts';
import type { Suite } from '../harness/evidence/suite.ts';

const AREAS: Readonly<Record<string, number>> = {
  ...{ NS: 7, ROOT: 6, HOST: 3, PS: 4, NET: 6, LIM: 8, MULTI: 5, OWN: 3, SAFE: 14, CLEAN: 6 },
  ...{ CLI: 10, BAD: 26 },
};

/** Found by their words. */
const TITLES: Readonly<Record<string, string>> = {
  'LIM-01': 'a memory hog over the limit is killed, and the shell survives',
};

const sentences: readonly Sentence[] = [
  { key: 'whole', heading: 'Demonstration', text: 'Design a suitable demo.', wholeRun: true },
  ...Object.keys(AREAS).map((area) => ({
    key: area.toLowerCase(),
    heading: `Heading of ${area}`,
    text: `The program must do what ${area} says, and must show it when asked.`,
  })),
  { key: 'more', heading: 'Beyond', text: 'An additional requirement.', beyond: true },
];

function claimsOf([area, count]: readonly [string, number]) {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(2, '0');
    return [
      `${area}-${number}`,
      {
        title: TITLES[`${area}-${number}`] ?? `what number ${number} of ${area} claims, in a line`,
        sentences: index === 0 ? [area.toLowerCase(), 'more'] : [area.toLowerCase()],
      },
    ] as const;
  });
}

export const sampleSuite: Suite = {
  title: 'Terrarium',
  requirements: Object.fromEntries(Object.entries(AREAS).flatMap(claimsOf)),
  sentences,
};
