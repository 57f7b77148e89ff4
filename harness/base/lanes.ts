// Runs several at a time, so processors wait less.

/** Runs all, `lanes` at a time; returns the results in order. */
export async function inLanes<T, R>(
  lanes: number,
  list: readonly T[],
  work: (one: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = list.entries();
  const lane = async () => {
    for (const [index, one] of queue) results[index] = await work(one);
  };
  await Promise.all(Array.from({ length: Math.max(1, lanes) }, lane));
  return results;
}
