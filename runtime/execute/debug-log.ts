// Lines for TERRARIUM_DEBUG: the operations that were performed.
import { type Debug, took } from '../debug/debug.ts';
import { errnoMeaning, errnoName } from '../native/errno.ts';
import { operationText, planRows } from '../plan/describe.ts';
import type { ExecPlan } from '../plan/exec.ts';
import type { Phase, Plan, TraceEntry } from '../plan/operations.ts';
import type { Child } from './spawn/child.ts';
import { traceOf } from './trace.ts';

/**
 * Logs each entry of `trace` once: `logged` has the indexes of earlier ones. Those of the init are
 * known only when it reports them, perhaps on exit: a line has the time of its operation.
 */
export function logOperations(
  debug: Debug,
  id: string,
  plan: Pick<Plan, Phase>,
  trace: readonly TraceEntry[],
  logged: Set<number>,
): void {
  const rows = planRows(plan);
  for (const { index, startNs, endNs, errno } of trace) {
    const row = rows[index];
    if (row === undefined || logged.has(index)) continue;
    logged.add(index);
    const result = errno === 0 ? '' : `: ${errnoName(errno)}, ${errnoMeaning(errno)}`;
    const place = `${row.phase} ${index + 1}/${rows.length}`;
    const line = () =>
      `${place} ${operationText(row.operation)}, ${took(endNs - startNs)}${result}`;
    debug('ops', id, line, startNs);
  }
}

/** The same for one more process in a container. */
export function logExec(debug: Debug, id: string, plan: ExecPlan, child: Child): void {
  const whole = { ...plan, host: [], link: [] };
  logOperations(debug, id, whole, traceOf(whole, [], [], child), new Set());
}

/** Each phase with how many operations it has. */
export function planText({ host, link, inside }: Plan): string {
  const { length } = inside;
  return `${host.length} host, 1 spawn, ${link.length} link, ${length} inside, 1 exec`;
}
