// Parsers of the small texts under /proc and /sys that the host's facts come from. Pure.

/** `Name:\tvalue` lines as in /proc/self/status and /proc/meminfo. */
export function parseFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return fields;
}

/**
 * The value of one such line; undefined where there is none. A third of what all of them cost.
 */
export function fieldOf(text: string, name: string): string | undefined {
  const found = text.startsWith(`${name}:`) ? 0 : text.indexOf(`\n${name}:`) + 1;
  if (found === 0 && !text.startsWith(`${name}:`)) return undefined;
  const end = text.indexOf('\n', found);
  return text.slice(found + name.length + 1, end < 0 ? undefined : end).trim();
}

/**
 * A /proc/meminfo value, `16384 kB`, in bytes (the unit is fixed, proc_meminfo(5)); 0 when the
 * field is absent.
 */
export function kibibytes(value: string | undefined): number {
  return value === undefined ? 0 : Number.parseInt(value, 10) * 1024;
}

/** A capability mask of /proc/<pid>/status: hexadecimal without prefix. */
export function capabilityMask(value: string | undefined): bigint {
  return value !== undefined && /^[0-9a-f]+$/.test(value) ? BigInt(`0x${value}`) : 0n;
}

const AT_NULL = 0n;
const AT_PAGESZ = 6n;

/**
 * Page size in bytes out of /proc/self/auxv (getauxval(3)): pairs of native longs. Undefined when
 * it is not told.
 */
export function pageSizeOf(auxv: Buffer): number | undefined {
  for (let offset = 0; offset + 16 <= auxv.length; offset += 16) {
    const type = auxv.readBigUInt64LE(offset);
    if (type === AT_PAGESZ) return Number(auxv.readBigUInt64LE(offset + 8));
    if (type === AT_NULL) return undefined;
  }
  return undefined;
}

/** `6.18.44-custom` → 6 and 18. */
export function parseRelease(release: string): {
  readonly release: string;
  readonly major: number;
  readonly minor: number;
} {
  const match = /^(\d+)\.(\d+)/.exec(release);
  return { release, major: Number(match?.[1] ?? 0), minor: Number(match?.[2] ?? 0) };
}
