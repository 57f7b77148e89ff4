// The number of processes: cgroup-v1/pids.rst, cgroup-v2.rst "PID". Pure.
import { type Limits, limit, type MeasuringController, type WriteOp } from './controller.ts';
import { parseKeyed, parseNumber } from './parse.ts';

export interface PidsStats {
  readonly current: number;
  readonly limit: number | undefined;
  /** Forks refused because of the limit. */
  readonly refusals: number;
}

export const pids: MeasuringController<PidsStats> = {
  name: 'pids',
  hierarchies: ['pids'],
  options: { 'pids.max': '--pids-limit' },
  without: { pids: 'LIM-03: the number of processes cannot be limited' },
  asks: ({ pidsLimit }) => (pidsLimit === undefined ? undefined : 'the process limit'),
  v1: limits,
  v2: limits,
  update: (change) => limits(change.group, change.limits),

  hint: ({ step, code, group }) =>
    step === 'join' && code === 'EAGAIN'
      ? `the processes of ${group} are at their limit: raise --pids-limit`
      : undefined,

  stats({ at, read }) {
    const group = at('pids');
    const current = group === undefined ? undefined : parseNumber(read(`${group}/pids.current`));
    if (current === undefined) return undefined;
    return {
      current,
      limit: parseNumber(read(`${group}/pids.max`)),
      refusals: parseKeyed(read(`${group}/pids.events`)).get('max') ?? 0,
    };
  },

  rows: (stats) => [
    ['processes', stats?.current],
    ['  limit', stats && (stats.limit ?? 'none')],
    ['  refused for it', stats?.refusals],
  ],
};

function limits(group: string, { pidsLimit }: Limits): WriteOp[] {
  return pidsLimit === undefined ? [] : [limit(`${group}/pids.max`, pidsLimit)];
}
