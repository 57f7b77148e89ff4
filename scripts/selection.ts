// Which requirements a person means by an ID (`NET-03`) or a prefix (`net`), and the pattern that
// only their titles match.

/** IDs that `wanted` names, in the order of `known`; none when there is no such requirement. */
export function idsNamed(wanted: string, known: readonly string[]): string[] {
  const name = wanted.toUpperCase();
  return known.filter((id) => id === name || id.startsWith(`${name}-`));
}

/**
 * For vitest's `-t`. Titles begin with the ID and a dash (`NET-03 — …`): a requirement that
 * mentions another is not matched by it.
 */
export function titlePattern(ids: readonly string[]): string {
  return `(^|[\\s>])(${ids.join('|')}) — `;
}
