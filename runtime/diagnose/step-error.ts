// The error of a failed operation: which step, which call and errno, the probable cause, and what
// to do.

import { KernelOpError, type KernelOpFields } from '../base/errors.ts';
import type { Config } from '../config/config.ts';
import type { HostFacts } from '../host/facts.ts';
import { errnoMeaning, errnoName } from '../native/errno.ts';
import { operationText } from '../plan/describe.ts';
import type { Operation, Phase } from '../plan/operations.ts';
import { probeRootfs } from '../rootfs/probe.ts';
import { hintFor } from './diagnose.ts';

export interface FailedOperation {
  readonly operation: Operation;
  readonly phase: Phase;
  /** From 0. */
  readonly index: number;
  readonly steps: number;
  readonly errno: number;
  readonly syscall: string;
  readonly cause?: unknown;
}

/** `config` and `facts` explain the error. */
export function stepError(step: FailedOperation, config: Config, facts: HostFacts): KernelOpError {
  const { operation, phase, index, steps, errno, syscall, cause } = step;
  const fields: KernelOpFields = {
    phase,
    step: index + 1,
    steps,
    operation: textOf(operation, syscall),
    syscall,
    path: pathOf(operation),
    code: errnoName(errno),
    errno,
  };
  const hint = hintFor(
    { operation, phase, errno, syscall, rootfs: config.root.path, facts, config },
    probeRootfs(config.root.path),
  );
  return new KernelOpError(fields, errnoMeaning(errno), { hint, cause });
}

/** The clone is several calls, of which clone3(2) is one. */
function textOf(operation: Operation, syscall: string): string {
  const text = operationText(operation);
  return operation.kind === 'clone3' && syscall !== 'clone3' ? `${text}: ${syscall}` : text;
}

function pathOf(operation: Operation): string | undefined {
  if ('target' in operation) return operation.target.path;
  if ('path' in operation) return operation.path;
  return undefined;
}
