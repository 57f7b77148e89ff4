// Part A as a suite of the harness: what it claims, what it examines.

import type { RequirementContext } from '../harness/spec/context.ts';
import { defineSpec } from '../harness/spec/define.ts';
import { areas, sentences } from './assignment.ts';
import { requirements } from './requirements.ts';
import { DEFAULT_ROOTFS, PROBE_SUMS } from './support/places.ts';
import type { ShellOptions } from './support/subject.ts';
import { chosenSubject } from './support/subjects.ts';

export const { testRequirement } = defineSpec({
  title: 'Terrarium',
  requirements,
  sentences,
  areas,
  subject: chosenSubject(process.env.TERRARIUM_SUBJECT),
  rootfs: DEFAULT_ROOTFS,
  sums: PROBE_SUMS,
});

/** What the test of a requirement is given. */
export type Context = RequirementContext<ShellOptions>;

/** Whether it is Terrarium that is examined: for a row that no other program is asked for. */
export const isOurs = ({ name }: Context['subject']) => name === OURS.promisedBy;

/** Of a requirement that no other program is asked for. */
export const OURS = { promisedBy: 'terrarium' } as const;
