// Which requirements a run is asked for, and vitest's arguments for them.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { registeredTests } from '../../harness/reporter/registered.ts';
import { idsNamed, titlePattern } from '../../scripts/selection.ts';
import { requirementIds } from '../../specs/requirements.ts';

export interface Selection {
  readonly ids: readonly string[];
  /** One a line in the guest's job. */
  readonly arguments: readonly string[];
}

/**
 * All that have a spec; or those that `only` names, by ID or prefix. Throws for a name that nothing
 * has.
 */
export function select(only: readonly string[], project: string): Selection {
  const files = globSync('specs/**/*.spec.ts', { cwd: project }).map((file) => join(project, file));
  const registered = registeredTests(project, files);
  const known = requirementIds.filter((id) => registered.some((test) => test.id === id));
  const filesOf = (ids: readonly string[]) => [
    ...new Set(registered.filter(({ id }) => ids.includes(id)).map(({ file }) => file)),
  ];
  if (only.length === 0) return { ids: known, arguments: filesOf(known) };
  const unknown = only.filter((name) => idsNamed(name, known).length === 0);
  if (unknown.length > 0) throw new Error(`no requirement is called ${unknown.join(', ')}`);
  const chosen = known.filter((id) => only.some((name) => idsNamed(name, [id]).length > 0));
  return { ids: chosen, arguments: ['-t', titlePattern(chosen), ...filesOf(chosen)] };
}
