// Seccomp programs, compiled once per process for each set of capabilities.
import { architecture } from '../../host/read.ts';
import { compileSeccomp } from '../../native/addon.ts';
import type { ExecOp, InsideOp } from '../../plan/operations.ts';
import { seccompProgram } from '../../plan/seccomp.ts';

const compiled = new Map<string, Uint8Array>();
let carried = (_key: string): Uint8Array | undefined => undefined;

/**
 * For a program that carries what `compileSeccomp` answers for these capabilities, read when it is
 * needed: libseccomp takes 3 ms.
 */
export function knowFilter(capabilities: readonly string[], program: () => Uint8Array): void {
  carried = (key) => (key === capabilities.join() ? program() : undefined);
}

/** The BPF program of the plan's `seccomp` operation; undefined when it has none. */
export function filterOf(ops: readonly (InsideOp | ExecOp)[]): Uint8Array | undefined {
  const op = ops.find((candidate) => candidate.kind === 'seccomp');
  if (!op) return undefined;
  const key = op.capabilities.join();
  const known = compiled.get(key);
  if (known) return known;
  const program = carried(key) ?? compileSeccomp(seccompProgram(op.capabilities, architecture()));
  compiled.set(key, program);
  return program;
}
