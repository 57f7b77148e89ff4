// The framework's entry point: from a suite's requirements and subject to the function that
// registers its tests.
import { join } from 'node:path';
import type { ShellOptions, Subject } from '../base/subject.ts';
import type { Sentence } from '../evidence/model.ts';
import type { Requirement, Suite } from '../evidence/suite.ts';
import { Probes } from '../observe/probes.ts';
import { type Body, type RequirementOptions, registerRequirement } from './test-requirement.ts';

export interface SpecDefinition<Id extends string, Options extends ShellOptions> {
  /** Of the page. */
  readonly title: string;
  /** By ID: `NET-03`. */
  readonly requirements: Readonly<Record<Id, Requirement>>;
  /** The sentences that the requirements prove, in the order of the page. */
  readonly sentences: readonly Sentence[];
  /** Headings by the prefix of IDs: `{ NET: 'Network' }`. */
  readonly areas?: Readonly<Record<string, string>>;
  readonly subject: Subject<Options>;
  /** Host path of a root file system with the harness's programs in its /usr/bin. */
  readonly rootfs: string;
  /**
   * Their checksums, in the format of sha256sum(1), out of the containers' reach: programs run on
   * the host are compared with them. Absent: a program is used as it is at its first run.
   */
  readonly sums?: string;
}

export interface TestRequirement<Id extends string, Options extends ShellOptions> {
  (id: Id, body: Body<Options>): void;
  (id: Id, options: RequirementOptions, body: Body<Options>): void;
}

export interface Spec<Id extends string, Options extends ShellOptions> {
  readonly suite: Suite;
  readonly testRequirement: TestRequirement<Id, Options>;
}

/**
 * @throws TypeError if a requirement names an unknown sentence.
 */
export function defineSpec<const Id extends string, Options extends ShellOptions>(
  definition: SpecDefinition<Id, Options>,
): Spec<Id, Options> {
  const { title, requirements, sentences, areas = {}, subject, rootfs, sums } = definition;
  const suite: Suite = { title, requirements, sentences, areas };
  checkSentences(suite);
  const directory = join(rootfs, 'usr/bin');
  const probes = new Probes({ directory, ...(sums === undefined ? {} : { sums }) });
  const setting = { suite, subject, rootfs, probes };
  const testRequirement: TestRequirement<Id, Options> = (
    id: Id,
    ...[first, second]: [Body<Options>] | [RequirementOptions, Body<Options>]
  ) => {
    const options = typeof first === 'function' ? {} : first;
    const body = typeof first === 'function' ? first : second;
    if (body === undefined) throw new TypeError(`requirement ${id} has no test`);
    registerRequirement(setting, id, options, body);
  };
  return { suite, testRequirement };
}

function checkSentences({ requirements, sentences }: Suite): void {
  const known = new Set(sentences.map(({ key }) => key));
  for (const [id, requirement] of Object.entries(requirements))
    for (const key of requirement.sentences)
      if (!known.has(key))
        throw new TypeError(`requirement ${id} names an unknown sentence: ${key}`);
}
