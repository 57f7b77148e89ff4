// For tests: what of one container is on the host, by the kernel's own files and the state
// directory's.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CONTROLLERS } from '../../cgroups/controllers/index.ts';
import { chooseCgroups } from '../../cgroups/directories.ts';
import { holderOfClaim } from '../../execute/journal/claim.ts';
import { stateRoot } from '../../execute/journal/state-directory.ts';
import { claimsDirectory, linkName } from '../../network/addresses.ts';
import { hostFacts } from '../create/prepare.ts';

/**
 * Paths, one of each thing that is there. A link goes with its namespace, whose end the kernel
 * handles a moment later.
 */
export function remainsOf(id: string): string[] {
  const all = CONTROLLERS.map(({ name }) => name);
  const groups = chooseCgroups(id, hostFacts().cgroup, all).directories.map(({ path }) => path);
  const files = entries(stateRoot()).filter(
    (name) => name.startsWith(`${id}.`) || name.endsWith(`.${id}`),
  );
  const place = claimsDirectory(stateRoot());
  const claims = entries(place).map((name) => join(place, name));
  return [
    ...[...groups, `/sys/class/net/${linkName(id)}`].filter((path) => existsSync(path)),
    ...files.map((name) => join(stateRoot(), name)),
    ...claims.filter((path) => holderOfClaim(path) === id),
  ];
}

function entries(path: string): string[] {
  return existsSync(path) ? readdirSync(path) : [];
}
