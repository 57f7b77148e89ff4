// All targets, in the order of a run.
import { BARE, BASELINES } from './bare.ts';
import { ENGINES } from './engines.ts';
import { MACHINES } from './machines.ts';
import { OCI } from './oci.ts';
import { SANDBOXES } from './sandboxes.ts';
import type { Target } from './target.ts';
import { TERRARIUM } from './terrarium.ts';

export const TARGETS: readonly Target[] = [
  ...[BARE, TERRARIUM, OCI, SANDBOXES, ENGINES, MACHINES, BASELINES].flat(),
];
