// The programs that requirements rely on, and whether they are what was built: a subject that
// exchanged one would be believed.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Probe } from '../evidence/model.ts';

export interface ProbeSource {
  /** File in the form of sha256sum(1), written by the build, out of the containers' reach. */
  readonly sums: string;
  /** Where the programs are that containers get. */
  readonly directory: string;
}

/**
 * @throws Error that names every program which is not there or is another.
 */
export function checkedProbes({ sums, directory }: ProbeSource): Probe[] {
  const probes = readFileSync(sums, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, sha256, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
      return sha256 === undefined || name === undefined ? [] : [{ name, sha256 }];
    });
  if (probes.length === 0) throw new Error(`${sums} names no program`);
  const wrong = probes.filter(({ name, sha256 }) => sumOf(join(directory, name)) !== sha256);
  if (wrong.length > 0) {
    const names = wrong.map(({ name }) => name).join(', ');
    throw new Error(`not the programs that were built: ${names} in ${directory}`);
  }
  return probes;
}

function sumOf(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return undefined;
  }
}
