// A random order by a seed, in which each item's place depends only on its name: adding or removing
// a case moves no other. Recordings and tables change from run to run; a sample of them should not.

/** FNV-1a over the name, mixed. */
function rank(name: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < name.length; at++)
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** All items, in the order of this seed. */
export function shuffled<T>(list: readonly T[], nameOf: (one: T) => string, seed: number): T[] {
  return list
    .map((one) => ({ one, at: rank(nameOf(one), seed) }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}
