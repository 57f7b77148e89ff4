// Which spec file holds the test of which requirement, read from the sources: known even when a
// worker dies before it collects.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RegisteredTest {
  readonly id: string;
  /** Relative to the project. */
  readonly file: string;
}

/** Every `requirement('ID'` in the spec files under `project`, in the order of the files' names. */
export function registeredTests(project: string): RegisteredTest[] {
  return globSync('specs/**/*.spec.ts', { cwd: project })
    .sort()
    .flatMap((file) =>
      [
        ...readFileSync(join(project, file), 'utf8').matchAll(
          /\brequirement\(\s*['"`]([^'"`]+)['"`]/g,
        ),
      ].map((match) => ({
        id: match[1] ?? '',
        file,
      })),
    );
}
