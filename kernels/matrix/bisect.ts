// Bisection over the catalogue: between a kernel on which a requirement holds and one on which it
// does not, the two neighbours where that changes.
import { KERNELS, type Kernel, type Layout } from '../fetch/catalogue.ts';

export interface Boundary<T> {
  readonly lastGood: T;
  readonly firstBad: T;
}

/**
 * `range` runs from the good end to the bad one.
 * @throws Error if the good end fails or the bad one holds: both are tried first.
 */
export async function firstBad<T>(
  range: readonly T[],
  isGood: (one: T) => Promise<boolean>,
): Promise<Boundary<T>> {
  const [first] = range;
  const last = range.at(-1);
  if (first === undefined || last === undefined || range.length < 2)
    throw new Error('--good and --bad need two different kernels');
  if (!(await isGood(first))) throw new Error('it already fails on the good kernel');
  if (await isGood(last)) throw new Error('it also holds on the bad kernel');
  let good = 0;
  let bad = range.length - 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    const one = range[middle];
    if (one === undefined) break;
    if (await isGood(one)) good = middle;
    else bad = middle;
  }
  return { lastGood: range[good] ?? first, firstBad: range[bad] ?? last };
}

/**
 * From `good` to `bad` in the catalogue's order, both included. In between are Debian's plain
 * kernels only: no PREEMPT_RT, no distribution's init.
 * @throws Error when they are the same, or one is not run with this layout.
 */
export function kernelsBetween(good: Kernel, bad: Kernel, layout: Layout): Kernel[] {
  const all: readonly Kernel[] = KERNELS.filter(
    (kernel) =>
      kernel.kind === 'debian' &&
      kernel.layouts.includes(layout) &&
      (kernel === good || kernel === bad || !(kernel.name.endsWith('-rt') || kernel.system)),
  );
  const [from, to] = [all.indexOf(good), all.indexOf(bad)];
  if (good === bad) throw new Error('--good and --bad need two different kernels');
  if (from < 0 || to < 0) throw new Error(`both kernels must have the layout ${layout}`);
  return from < to ? all.slice(from, to + 1) : all.slice(to, from + 1).reverse();
}
