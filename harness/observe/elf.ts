// The header of a program: elf(5).

const PT_INTERP = 3;

/** The loader of a 64-bit, little-endian program; undefined for a static one. */
export function interpreterOf(program: Buffer): string | undefined {
  const table = Number(program.readBigUInt64LE(32));
  const [size, count] = [program.readUInt16LE(54), program.readUInt16LE(56)];
  const headers = Array.from({ length: count }, (_, index) => table + index * size);
  const found = headers.find((at) => program.readUInt32LE(at) === PT_INTERP);
  if (found === undefined) return undefined;
  const from = Number(program.readBigUInt64LE(found + 8));
  const bytes = Number(program.readBigUInt64LE(found + 32));
  return program.toString('latin1', from, from + bytes - 1);
}
