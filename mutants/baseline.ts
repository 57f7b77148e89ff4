// The same requirements without any mutant, in the same sandbox: one that is not proven there
// cannot detect a mutant.
import { inLanes } from '../harness/base/lanes.ts';
import type { Verdict } from '../harness/evidence/model.ts';
import type { Store } from './store.ts';
import type { Mutant } from './table/table.ts';
import { CORE_SET } from './table/table.ts';
import { runInSandbox } from './try.ts';

interface Circumstances {
  readonly checkout: string;
  readonly store: Store<Verdict>;
  readonly jobs: number;
  readonly say: (line: string) => void;
}

/** Number of requirements in one sandbox. */
const TOGETHER = 8;

interface Baseline {
  readonly proven: ReadonlySet<string>;
  /** Some are refuted without a mutant, and have been reported. */
  readonly wrong: boolean;
}

export async function baseline(
  mutants: readonly Mutant[],
  { checkout, store, jobs, say }: Circumstances,
): Promise<Baseline> {
  const needed = [
    ...new Set([...CORE_SET, ...mutants.flatMap(({ requirements }) => requirements)]),
  ];
  const missing = needed.filter((id) => store.get(id) === undefined).sort();
  const parts = Array.from({ length: Math.ceil(missing.length / TOGETHER) }, (_, at) =>
    missing.slice(at * TOGETHER, (at + 1) * TOGETHER),
  );
  if (parts.length > 0) say(`${missing.length} requirements without a mutant`);
  const wrong: string[] = [];
  const attempt = async (ids: readonly string[]) => {
    const run = await runInSandbox({ checkout, ids, bail: false });
    for (const id of ids) {
      const found = run.requirements.find((one) => one.id === id);
      if (found?.verdict === 'proven' || found?.verdict === 'not-proven-here')
        store.set(id, found.verdict);
      else wrong.push(`${id} is ${found?.verdict ?? 'not run'}: ${found?.failure ?? run.log}`);
    }
  };
  await inLanes(jobs, parts, attempt);
  // Requirements about CPU time may fail beside other sandboxes.
  const again = missing.filter((id) => store.get(id) === undefined);
  if (again.length > 0) say(`${again.join(', ')} again, each alone`);
  wrong.length = 0;
  for (const id of again) await attempt([id]);
  for (const line of wrong) say(`terrarium: without a mutant, ${line}`);
  return {
    proven: new Set(needed.filter((id) => store.get(id) === 'proven')),
    wrong: wrong.length > 0,
  };
}
