// Texts of cgroup files: cgroup-v2.rst, "Interface Files". Pure.

/** v1 says "no limit" as the most pages that a counter holds, v2 as `max`. */
const UNLIMITED = 2 ** 62;

/** Undefined for no number, and for no limit. */
export function parseNumber(text: string | undefined): number | undefined {
  const value = Number.parseInt(text ?? '', 10);
  return Number.isNaN(value) || value >= UNLIMITED ? undefined : value;
}

/** `name value` lines: "Flat keyed". */
export function parseKeyed(text: string | undefined): Map<string, number> {
  const entries = new Map<string, number>();
  for (const line of (text ?? '').split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) entries.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return entries;
}
