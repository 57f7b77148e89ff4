// The requirements that a run must answer: all, or the selected ones. Pure.
import type { RegisteredTest } from './registered.ts';

export interface Asked {
  /** Files that the run covers, relative to the project. */
  readonly files: ReadonlySet<string>;
  /** The pattern of `-t`, matched against the tests' titles. */
  readonly namePattern?: RegExp | undefined;
}

/**
 * IDs in the order of `claims`. A requirement without a test is included if the run covers every
 * spec.
 */
export function expectedIds(
  claims: readonly string[],
  registered: readonly RegisteredTest[],
  asked: Asked,
): string[] {
  const everySpec = registered.every(({ file }) => asked.files.has(file));
  const fileOf = new Map(registered.map(({ id, file }) => [id, file]));
  return claims
    .filter((id) => {
      const file = fileOf.get(id);
      return file === undefined
        ? everySpec && asked.files.size > 0 && registered.length > 0
        : asked.files.has(file);
    })
    .filter((id) => asked.namePattern === undefined || asked.namePattern.test(id));
}
