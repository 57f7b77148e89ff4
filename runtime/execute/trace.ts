// The trace of a plan: the times of operations of this process, of the addon, of the clone and of
// the init.
import type { Result } from '../native/records.ts';
import { planRows } from '../plan/describe.ts';
import type { Phase, Plan, TraceEntry } from '../plan/operations.ts';
import { fileOps } from './operations/files.ts';
import type { Child } from './spawn/child.ts';

/** An operation by its number in the plan. */
export type Timed = Omit<TraceEntry, 'phase' | 'kind'>;

/**
 * In the plan's order, without operations that are not done yet. Built on demand, so that it costs
 * a start nothing.
 */
export function traceOf(
  plan: Pick<Plan, Phase>,
  done: readonly Timed[],
  filed: readonly Result[],
  child: Child,
): TraceEntry[] {
  const rows = planRows(plan);
  const spawnIndex = plan.host.length;
  const insideFrom = spawnIndex + 1 + plan.link.length;
  const files = fileOps(plan);
  const timed = [
    ...done,
    ...filed.map(({ index, startNs, endNs, errno }) => ({
      index: files[index]?.index ?? -1,
      startNs,
      endNs,
      errno,
    })),
  ];
  for (const { place, index, startNs, endNs, errno } of child.results()) {
    if (place !== 'operation') continue;
    if (index === 0)
      timed.push({ index: spawnIndex, startNs: child.requestedNs, endNs: startNs, errno: 0 });
    const last = index === plan.inside.length;
    timed.push({
      index: insideFrom + index,
      startNs,
      endNs: last ? (child.executedNs ?? endNs) : endNs,
      errno,
    });
  }
  return timed
    .flatMap((entry) => {
      const row = rows[entry.index];
      return row ? [{ ...entry, phase: row.phase, kind: row.operation.kind }] : [];
    })
    .sort((a, b) => a.index - b.index);
}
