// The table of `npm run mutants`: single changes of the runtime, each of which takes one promise
// away, and the requirements that have to notice.
import type { RequirementId } from '../../specs/requirements.ts';

export interface Mutant {
  /** Unique, and what `--only` takes: `clone-without-newuts`. */
  readonly name: string;
  /** Below the checkout: `runtime/plan/plan.ts`. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Those that are run first; a survivor of them is tried with the core set, too. */
  readonly requirements: readonly [RequirementId, ...RequirementId[]];
  /** Takes isolation or a limit away that the assignment itself asks for. */
  readonly core?: true;
  /** Changes nothing that can be seen, for this reason: it is not counted. */
  readonly equivalent?: string;
  /** Changes what is done on this layout of cgroups alone. */
  readonly cgroups?: 'v1' | 'v2';
  /** Changes what is done with this file of the kernel, which not every kernel has. */
  readonly needs?: string;
}

export interface Area {
  readonly title: string;
  readonly mutants: readonly Mutant[];
}

/** What a survivor of its own requirements is tried with: short ones, of every kind. */
export const CORE_SET: readonly RequirementId[] = [
  ...(['NS-01', 'NS-03', 'NS-05', 'NS-06', 'ROOT-01', 'ROOT-02', 'HOST-01', 'PS-01'] as const),
  ...(['NET-01', 'NET-02', 'LIM-01', 'LIM-03', 'SAFE-01', 'SAFE-03', 'SAFE-04'] as const),
  ...(['SAFE-05', 'SAFE-06', 'CLEAN-01', 'CLEAN-03', 'CLI-01', 'EXEC-01', 'OPT-01'] as const),
];
