// Selects requirements by ID (`NET-03`) or prefix (`net`), and makes vitest's arguments for them.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { registeredTests } from '../harness/reporter/registered.ts';
import { requirementIds } from './requirements.ts';

const KNOWN: readonly string[] = requirementIds;

export interface Selection {
  readonly ids: readonly string[];
  /** Vitest's: a pattern on titles unless all are selected, and their files. */
  readonly arguments: readonly string[];
}

/** A name without a requirement, or whose requirements have no spec. */
export class SelectionError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/**
 * All requirements with a spec below `project`/specs, or those that `only` names by ID or prefix.
 * @throws SelectionError for a name that selects nothing.
 */
export function select(only: readonly string[], project: string): Selection {
  const unknown = only.filter((name) => idsNamed(name, KNOWN).length === 0);
  if (unknown.length > 0)
    throw new SelectionError(
      `no requirement is called ${unknown.join(', ')}`,
      `there are ${requirementGroups()}, each followed by -01, -02 …`,
    );
  const files = globSync('specs/**/*.spec.ts', { cwd: project }).map((file) => join(project, file));
  const registered = registeredTests(project, files);
  const named = only.length === 0 ? KNOWN : only.flatMap((name) => idsNamed(name, KNOWN));
  const ids = KNOWN.filter((id) => named.includes(id) && registered.some((test) => test.id === id));
  if (ids.length === 0)
    throw new SelectionError(
      `no spec proves ${named.join(', ')}`,
      'specs/requirements.ts names it, and no file in specs/ does',
    );
  const holding = registered.filter(({ id }) => ids.includes(id)).map(({ file }) => file);
  const pattern = only.length === 0 ? [] : ['-t', titlePattern(ids)];
  return { ids, arguments: [...pattern, ...new Set(holding)] };
}

/** `NS PS NET …`: the valid prefixes. */
export function requirementGroups(): string {
  return [...new Set(KNOWN.map((id) => id.replace(/-\d+$/, '')))].join(' ');
}

/** IDs that `wanted` names, in the order of `known`; none without such a requirement. */
export function idsNamed(wanted: string, known: readonly string[]): string[] {
  const name = wanted.toUpperCase();
  return known.filter((id) => id === name || id.startsWith(`${name}-`));
}

/** For vitest's `-t`: the test of a requirement is named by its ID alone. */
export function titlePattern(ids: readonly string[]): string {
  return `(^|[\\s>])(${ids.join('|')})$`;
}
