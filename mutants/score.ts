// What became of the mutants, counted.
import type { Outcome, TriedMutant } from './report.ts';

export interface Score {
  readonly noticed: number;
  readonly counted: number;
}

const NOTICED: readonly Outcome[] = ['refuted', 'broken'];

/** Of those that change something that can be seen, on this host. */
export function scoreOf(tried: readonly TriedMutant[]): Score {
  const counted = tried.filter(
    ({ outcome }) => NOTICED.includes(outcome) || outcome === 'survived',
  );
  return {
    noticed: counted.filter(({ outcome }) => NOTICED.includes(outcome)).length,
    counted: counted.length,
  };
}

const WANTED = 0.97;

/** `all` below 97 %, or a mutant of the core that survived, or one that could not be tried. */
export function falls(tried: readonly TriedMutant[]): boolean {
  const all = scoreOf(tried);
  const core = scoreOf(tried.filter((one) => one.core));
  return (
    all.noticed < WANTED * all.counted ||
    core.noticed < core.counted ||
    tried.some(({ outcome }) => outcome === 'failed')
  );
}

/** `97.5 %`, rounded down: 100 % is all of them. */
function percent({ noticed, counted }: Score): string {
  return counted === 0 ? 'none' : `${Math.floor((1000 * noticed) / counted) / 10} %`;
}

export function scoreLines(tried: readonly TriedMutant[]): string[] {
  const all = scoreOf(tried);
  const core = scoreOf(tried.filter((one) => one.core));
  const of = (outcome: Outcome) => tried.filter((one) => one.outcome === outcome);
  return [
    `proof score: ${percent(all)} (${all.noticed} of ${all.counted} mutants), ` +
      `core ${percent(core)} (${core.noticed} of ${core.counted})`,
    ...of('survived').map(
      ({ name, area, core }) => `  survived ${name} (${area})${core ? ', core' : ''}`,
    ),
    ...of('failed').map(({ name, said }) => `  not tried ${name}: ${said.slice(0, 300)}`),
    `  ${of('equivalent').length} equivalent, ${of('elsewhere').length} of what this host does not have`,
  ];
}
