// Which requirements a person means by an ID (`NET-03`) or a prefix (`net`), and the pattern that
// only their titles match.

/** IDs that `wanted` names, in the order of `known`; none when there is no such requirement. */
export function idsNamed(wanted: string, known: readonly string[]): string[] {
  const name = wanted.toUpperCase();
  return known.filter((id) => id === name || id.startsWith(`${name}-`));
}

/** For vitest's `-t`: the test of a requirement is named by its ID alone. */
export function titlePattern(ids: readonly string[]): string {
  return `(^|[\\s>])(${ids.join('|')})$`;
}
