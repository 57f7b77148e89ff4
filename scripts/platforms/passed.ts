// Resumes an interrupted run: tests passed with these sources are skipped until all have passed
// (scripts/platforms.sh then deletes the list).
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { contentHash } from '../../harness/reporter/content.ts';
import { KEPT, ROOT } from './checkout.ts';

const sources = contentHash(ROOT);
const directory = join(KEPT, 'passed');

/** A test that is skipped after it has passed. */
export function once(name: string, check: (context: TestContext) => Promise<void>): void {
  const file = join(directory, name.replace(/[^\w.]+/g, '-'));
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  test(before === sources ? `${name} (by the run that was interrupted)` : name, async (context) => {
    if (before === sources) return;
    await check(context);
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, sources);
  });
}
