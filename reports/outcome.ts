// What the runner knows of a test, in the words of the verdict: its requirement, how it ended, and
// why it failed.
import { relative } from 'node:path';
import type { SerializedError } from 'vitest';
import type { TestCase } from 'vitest/node';
import { requirementIds, requirements } from '../specs/requirements.ts';
import { plainText } from './plain-text.ts';
import type { TestEnd } from './verdict.ts';

/** What the table says of an ID. */
export function claimOf(id: string): {
  readonly title: string;
  readonly sentences: readonly string[];
} {
  const known = requirementIds.find((known) => known === id);
  return known === undefined
    ? { title: 'unknown requirement', sentences: [] }
    : requirements[known];
}

/** The ID that a test's title begins with, when it is of a requirement. */
export function idOf(test: TestCase): (typeof requirementIds)[number] | undefined {
  const id = test.name.split(' — ', 1)[0];
  return requirementIds.find((known) => known === id);
}

export function endOf(test: TestCase): TestEnd {
  const result = test.result();
  const durationMs = test.diagnostic()?.duration ?? 0;
  switch (result.state) {
    case 'passed':
    case 'skipped':
      return { state: result.state, durationMs };
    case 'failed':
      return {
        state: 'failed',
        failure: result.errors.map(describeError).join('\n\n'),
        durationMs,
      };
    case 'pending':
      return { state: 'missing', durationMs };
  }
}

/** Message, diff and the place in the test; colours removed. */
export function describeError(error: SerializedError): string {
  const diff = typeof error.diff === 'string' ? `\n\n${error.diff}` : '';
  const place = error.stacks?.[0];
  const at =
    place === undefined ? '' : `\n\nat ${relative(process.cwd(), place.file)}:${place.line}`;
  return plainText(`${error.message}${diff}${at}`);
}
