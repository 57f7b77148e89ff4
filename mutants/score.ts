// Counts the outcomes of mutants.
import { type Outcome, percentOf, scoreOf } from '../reports/runs/mutants.ts';
import type { TriedMutant } from './report.ts';

const WANTED = 0.97;

/** `all` below 97 %, a surviving core mutant, or one that could not be tested. */
export function falls(tried: readonly TriedMutant[]): boolean {
  const all = scoreOf(tried);
  const core = scoreOf(tried.filter((one) => one.core));
  return (
    all.noticed < WANTED * all.counted ||
    core.noticed < core.counted ||
    tried.some(({ outcome }) => outcome === 'failed')
  );
}

export function scoreLines(tried: readonly TriedMutant[]): string[] {
  const all = scoreOf(tried);
  const core = scoreOf(tried.filter((one) => one.core));
  const of = (outcome: Outcome) => tried.filter((one) => one.outcome === outcome);
  return [
    `proof score: ${percentOf(all)} (${all.noticed} of ${all.counted} mutants), ` +
      `core ${percentOf(core)} (${core.noticed} of ${core.counted})`,
    ...of('survived').map(
      ({ name, area, core }) => `  survived ${name} (${area})${core ? ', core' : ''}`,
    ),
    ...of('failed').map(({ name, said }) => `  not tested ${name}: ${said.slice(0, 300)}`),
    `  ${of('equivalent').length} equivalent, ${of('elsewhere').length} of what this host does not have`,
  ];
}
