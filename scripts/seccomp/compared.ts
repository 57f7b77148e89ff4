// Compares the committed differences with the present ones. Pure.
import { seccompProgram } from '../../runtime/plan/seccomp.ts';
import type { Explained } from './differences.ts';
import {
  answersOf,
  type ContainersProfile,
  containersProfile,
  type Difference,
  differences,
  ownProfile,
  type Profile,
} from './model.ts';

const ARCHITECTURES = [
  ['x64', 'amd64'],
  ['arm64', 'arm64'],
] as const;

type Arch = (typeof ARCHITECTURES)[number][0];

/** A difference on one architecture. */
export interface Found extends Difference {
  readonly arch: Arch;
}

const own = (arch: Arch): Profile => ownProfile((held) => seccompProgram(held, arch));

export function presentDifferences(profile: ContainersProfile): Found[] {
  return ARCHITECTURES.flatMap(([arch, theirName]) =>
    differences(containersProfile(profile, theirName), own(arch)).map((one) => ({ ...one, arch })),
  );
}

export function expectedDifferences(explained: readonly Explained[]): Found[] {
  return explained.flatMap(({ calls, arch, theirs, ours }) =>
    (arch ? [arch] : ARCHITECTURES.map(([name]) => name)).flatMap((one) =>
      calls.split(' ').map((call) => ({ arch: one, call, theirs, ours })),
    ),
  );
}

/** One line for each difference on one side only. */
export function changes(expected: readonly Found[], present: readonly Found[]): string[] {
  const text = ({ arch, call, theirs, ours }: Found) =>
    `${arch} ${call}: theirs ${theirs} | ours ${ours}`;
  const [before, now] = [new Set(expected.map(text)), new Set(present.map(text))];
  return [
    ...[...now].filter((line) => !before.has(line)).map((line) => `not explained: ${line}`),
    ...[...before].filter((line) => !now.has(line)).map((line) => `no longer true: ${line}`),
  ];
}

const ownAnswersOn = new Map(ARCHITECTURES.map(([arch]) => [arch, answersOf(own(arch))]));

/** The answers of our profile on an architecture, in the notation of the differences. */
export function ownAnswer(arch: Arch, call: string): string {
  return ownAnswersOn.get(arch)?.get(call) ?? own(arch)([]).defaultAction;
}

/** All answers as one text, whose digest tells whether the comparison is out of date. */
export function ownAnswers(): string {
  return JSON.stringify([...ownAnswersOn.values()].map((answers) => [...answers].sort()));
}
