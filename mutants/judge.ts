// Tries one mutant: its own requirements first, and if they are proven, the core set.
import { existsSync } from 'node:fs';
import type { Outcome } from '../reports/runs/mutants.ts';
import { MOST_SAID, type TriedMutant } from './report.ts';
import { mutated, type Placed } from './table/areas.ts';
import { CORE_SET } from './table/table.ts';
import { failureOf, type Run, runInSandbox } from './try.ts';

export interface Circumstances {
  readonly checkout: string;
  /** Requirements that are proven without any mutant, in the same sandbox. */
  readonly proven: ReadonlySet<string>;
  readonly cgroups: 'v1' | 'v2';
}

/** Status of inside.sh when native code does not compile. */
const NOT_BUILT = 3;

export async function judge(
  mutant: Placed,
  { checkout, proven, cgroups }: Circumstances,
): Promise<TriedMutant> {
  const startedAt = Date.now();
  const end = (outcome: Outcome, by = '', said = ''): TriedMutant => ({
    ...{ name: mutant.name, area: mutant.area, file: mutant.file },
    ...{ find: mutant.find, replace: mutant.replace, core: mutant.core ?? false },
    ...{ outcome, by, said: said.slice(0, MOST_SAID), durationMs: Date.now() - startedAt },
  });
  if (mutant.cgroups !== undefined && mutant.cgroups !== cgroups)
    return end('elsewhere', '', `this host has cgroup ${cgroups}`);
  if (mutant.needs !== undefined && !existsSync(mutant.needs))
    return end('elsewhere', '', `this kernel has no ${mutant.needs}`);
  const change = { file: mutant.file, text: mutated(checkout, mutant) };
  const own = mutant.requirements.filter((id) => proven.has(id));
  if (own.length === 0) return end('failed', '', `${mutant.requirements.join()}: not proven here`);
  const further = CORE_SET.filter((id) => proven.has(id) && !own.includes(id));
  for (const ids of [own, further]) {
    const run = await runInSandbox({ checkout, ids, change, bail: true });
    const noticed = noticedBy(run, ids);
    if (noticed === undefined) continue;
    const { outcome, by, said } = noticed;
    if (mutant.equivalent === undefined || outcome === 'failed') return end(outcome, by, said);
    return end('failed', by, `${by} notices it, so it is not equivalent: ${said}`);
  }
  return mutant.equivalent === undefined
    ? end('survived', '', `proven: ${[...own, ...further].join()}`)
    : end('equivalent', '', mutant.equivalent);
}

interface Noticed {
  readonly outcome: Outcome;
  readonly by: string;
  readonly said: string;
}

/** Undefined if all were proven. */
function noticedBy(run: Run, ids: readonly string[]): Noticed | undefined {
  const failure = failureOf(run);
  if (failure !== undefined) {
    const outcome = failure.verdict === 'refuted' ? 'refuted' : 'broken';
    return { outcome, by: failure.id, said: failure.failure ?? '' };
  }
  const proven = run.requirements.filter(({ verdict }) => verdict === 'proven');
  if (proven.length === ids.length && run.exitCode === 0) return undefined;
  const end = run.log.trim().split('\n').slice(-8).join('\n');
  if (run.exitCode === NOT_BUILT) return { outcome: 'failed', by: '', said: `not built: ${end}` };
  // The mutant ended the run, or the run timed out.
  if (run.log.includes('terrarium: sandbox ready'))
    return { outcome: 'broken', by: ids.join(), said: `no evidence: ${end}` };
  return { outcome: 'failed', by: '', said: `no sandbox: ${end}` };
}
