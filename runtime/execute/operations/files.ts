// The file operations that the addon performs for a container: its host phase without the claims,
// and its exit actions.
import { oomCounter } from '../../cgroups/stats.ts';
import type { Config } from '../../config/config.ts';
import type { Result } from '../../native/records.ts';
import type { FileOp } from '../../native/wire.ts';
import type { HostOp, Plan } from '../../plan/operations.ts';

type PlannedFileOp = Extract<HostOp, FileOp>;

/** Operations of the host phase by their positions in it. */
export function fileOps({
  host,
}: Pick<Plan, 'host'>): { readonly index: number; readonly op: PlannedFileOp }[] {
  return host.flatMap((op, index) =>
    op.kind === 'claim' || op.kind === 'file' || op.kind === 'scope' || op.kind === 'leaf'
      ? []
      : [{ index, op }],
  );
}

/** Read the OOM counter, then remove the cgroups, last created first. */
export function exitActionsOf({ host, cgroups }: Plan, { resources }: Config): FileOp[] {
  const counter = resources.memoryLimitBytes === undefined ? undefined : oomCounter(cgroups);
  const groups = host
    .flatMap((op) => (op.kind === 'mkcgroup' && op.undo.kind === 'rmcgroup' ? [op.undo] : []))
    .reverse();
  return [...(counter ? [{ kind: 'count' as const, ...counter }] : []), ...groups];
}

/** What the exit actions did. */
export interface ExitOutcome {
  /** Whether the kernel ended a process at the memory limit; false where no counter is read. */
  readonly oomKilled: boolean;
  /** Cgroups that were removed. */
  readonly removed: ReadonlySet<string>;
}

/** `results`: of those operations. */
export function exitOutcomeOf(ops: readonly FileOp[], results: readonly Result[]): ExitOutcome {
  const removed = new Set<string>();
  let oomKilled = false;
  for (const { index, errno, extra } of results) {
    const op = errno === 0 ? ops[index] : undefined;
    if (op?.kind === 'rmcgroup') removed.add(op.path);
    if (op?.kind === 'count') oomKilled = extra > 0;
  }
  return { oomKilled, removed };
}
