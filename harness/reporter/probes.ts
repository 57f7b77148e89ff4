// The programs that requirements use, and whether they are the built ones: a replaced program could
// lie.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Probe } from '../evidence/model.ts';
import { type ProbeSource, sumOf, sumsIn } from '../observe/probes.ts';

/**
 * @throws Error that names every missing or different program.
 */
export function checkedProbes({ sums, directory }: ProbeSource): Probe[] {
  const probes = [...sumsIn(sums)].map(([name, sha256]) => ({ name, sha256 }));
  const wrong = probes.filter(({ name, sha256 }) => sumIfThere(join(directory, name)) !== sha256);
  if (wrong.length > 0) {
    const names = wrong.map(({ name }) => name).join(', ');
    throw new Error(`not the built programs: ${names} in ${directory}`);
  }
  return probes;
}

function sumIfThere(path: string): string | undefined {
  try {
    return sumOf(readFileSync(path));
  } catch {
    return undefined;
  }
}
