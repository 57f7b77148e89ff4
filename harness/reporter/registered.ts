// The files of the requirements' tests, read from the sources: known even if a worker dies before
// it collects.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

export interface RegisteredTest {
  readonly id: string;
  /** Relative to the project. */
  readonly file: string;
}

/** Every `testRequirement('ID'` in these files, in the order of the files' names. */
export function registeredTests(project: string, files: readonly string[]): RegisteredTest[] {
  return files.toSorted().flatMap((path) => {
    const found = readFileSync(path, 'utf8').matchAll(/\btestRequirement\(\s*['"`]([^'"`]+)['"`]/g);
    return [...found].map(([, id = '']) => ({ id, file: relative(project, path) }));
  });
}
