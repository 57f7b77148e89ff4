// All mutants, by area.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupsV1, cgroupsV2 } from './cgroups.ts';
import { cleanup } from './cleanup.ts';
import { commands } from './commands.ts';
import { errors } from './errors.ts';
import { exec } from './exec.ts';
import { mounts } from './mounts.ts';
import { namespaces } from './namespaces.ts';
import { nativeCore, nativeInit } from './native.ts';
import { network } from './network.ts';
import { options } from './options.ts';
import { security } from './security.ts';
import { signals } from './signals.ts';
import { surroundings } from './surroundings.ts';
import type { Area, Mutant } from './table.ts';

const AREAS: readonly Area[] = [
  ...[namespaces, mounts, cgroupsV1, cgroupsV2, security, network, exec, options],
  ...[signals, cleanup, errors, surroundings, commands, nativeInit, nativeCore],
];

export interface Placed extends Mutant {
  readonly area: string;
}

export const MUTANTS: readonly Placed[] = AREAS.flatMap(({ title, mutants }) =>
  mutants.map((mutant) => ({ ...mutant, area: title })),
);

/** The changed file. @throws Error naming a mutant whose text does not occur exactly once. */
export function mutated(checkout: string, { name, file, find, replace }: Mutant): string {
  let text: string;
  try {
    text = readFileSync(join(checkout, file), 'utf8');
  } catch {
    throw new Error(`mutant ${name}: there is no ${file}`);
  }
  const found = text.split(find).length - 1;
  if (found !== 1)
    throw new Error(`mutant ${name}: its text occurs ${found} times in ${file}, not once: ${find}`);
  return text.replace(find, () => replace);
}
