// The table of failing system calls.

import { inLanes } from '../../harness/base/lanes.ts';
import { OUTCOMES } from '../report/judge.ts';
import type { Fault } from '../table/case.ts';
import { sample } from '../table/sample.ts';
import type { FaultTable } from '../table/table.ts';
import { faultsOf, record } from './generate.ts';
import { type Scenario, scenarioNamed } from './scenarios.ts';
import { tryFault } from './try.ts';

export interface FaultOptions {
  readonly scenarios: readonly Scenario[];
  readonly count: number;
  /** Instead of a sample. */
  readonly cases: readonly Fault[] | undefined;
  readonly seed: number;
  readonly jobs: number;
  readonly say: (line: string) => void;
}

export async function faultTable(options: FaultOptions): Promise<FaultTable> {
  const { scenarios, count, cases, seed, jobs, say } = options;
  const all: Fault[] = [];
  if (cases === undefined)
    for (const scenario of scenarios) all.push(...faultsOf(scenario.name, await record(scenario)));
  const chosen = cases ?? sample(all, count, seed);
  say(`terrarium: ${chosen.length} of ${all.length || chosen.length} system calls fail`);
  const tried = await inLanes(jobs, chosen, async (fault) => {
    const scenario = scenarioNamed(fault.scenario);
    if (!scenario) throw new Error(`unknown scenario ${fault.scenario}`);
    const result = await tryFault(scenario, fault);
    for (const problem of result.problems) say(`  ${result.id}: ${problem}`);
    return result;
  });
  return {
    id: 'faults',
    title: 'System calls made to fail',
    about:
      'One system call of the command, its init or another child fails, by ptrace. The command ' +
      'continues correctly, or ends within 5 s with 125 to 127 and a reason; gc leaves nothing.',
    population: all.length || chosen.length,
    outcomes: OUTCOMES,
    scenarios: [...new Set(chosen.map(({ scenario }) => scenario))].sort(),
    cases: tried,
  };
}
