// The table of `npm run mutants`: single changes of the runtime, each of which removes one
// guarantee, and the requirements that must notice.
import type { RequirementId } from '../../specs/requirements.ts';

export interface Mutant {
  /** Unique name, for `--only`: `clone-without-newuts`. */
  readonly name: string;
  /** Below the checkout: `runtime/plan/plan.ts`. */
  readonly file: string;
  /** Occurs there exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Run first; a survivor is then tried with the core set. */
  readonly requirements: readonly [RequirementId, ...RequirementId[]];
  /** Removes isolation or a limit of the assignment. */
  readonly core?: true;
  /** The reason why the change is invisible: such a mutant is not counted. */
  readonly equivalent?: string;
  /** Applies only to this cgroup layout. */
  readonly cgroups?: 'v1' | 'v2';
  /** Applies only to kernels with this file. */
  readonly needs?: string;
}

export interface Area {
  readonly title: string;
  readonly mutants: readonly Mutant[];
}

/** Requirements for survivors: short ones of every kind. */
export const CORE_SET: readonly RequirementId[] = [
  ...(['NS-01', 'NS-03', 'NS-05', 'NS-06', 'ROOT-01', 'ROOT-02', 'HOST-01', 'PS-01'] as const),
  ...(['NET-01', 'NET-02', 'LIM-01', 'LIM-03', 'SAFE-01', 'SAFE-03', 'SAFE-04'] as const),
  ...(['SAFE-05', 'SAFE-06', 'CLEAN-01', 'CLEAN-03', 'CLI-01', 'EXEC-01', 'OPT-01'] as const),
];
