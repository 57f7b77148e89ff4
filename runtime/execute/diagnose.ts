import type { Config } from '../config/config.ts';
import type { HostFacts } from '../host/facts.ts';
import type { Operation, Phase } from '../plan/operations.ts';
import type { Look } from './look.ts';
export interface Refusal {
  readonly operation: Operation;
  readonly phase: Phase;
  readonly errno: number;
  readonly syscall: string;
  readonly rootfs: string;
  readonly facts: HostFacts;
  readonly config: Config;
}
export function hintFor(_r: Refusal, _l: Look): string | undefined {
  return undefined;
}
