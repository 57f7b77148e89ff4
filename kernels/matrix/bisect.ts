// Halving: between one that is good and one that is bad, the two neighbours where it changes.

export interface Found<T> {
  readonly lastGood: T;
  readonly firstBad: T;
}

/**
 * `way` from the good end to the bad one. Both ends are tried first: throws when they are not what
 * they are said to be.
 */
export async function firstBad<T>(
  way: readonly T[],
  isGood: (one: T) => Promise<boolean>,
): Promise<Found<T>> {
  const [first] = way;
  const last = way.at(-1);
  if (first === undefined || last === undefined || way.length < 2)
    throw new Error('there is nothing between a kernel and itself');
  if (!(await isGood(first))) throw new Error('it does not hold on the good one either');
  if (await isGood(last)) throw new Error('it holds on the bad one as well');
  let good = 0;
  let bad = way.length - 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    const one = way[middle];
    if (one === undefined) break;
    if (await isGood(one)) good = middle;
    else bad = middle;
  }
  return { lastGood: way[good] ?? first, firstBad: way[bad] ?? last };
}
