// Part A as a suite of the harness: its requirements and its subject.

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

/** The context of a requirement's test. */
export type Context = RequirementContext<ShellOptions>;

/** Whether the subject is Terrarium, for rows that apply to no other. */
export const isOurs = ({ name }: Context['subject']) => name === OURS.promisedBy;

/** Marks a requirement that applies to Terrarium only. */
export const OURS = { promisedBy: 'terrarium' } as const;
