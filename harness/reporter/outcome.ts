// The runner's knowledge of a test, for the verdict: its requirement, recording, result and
// failure.
import { relative } from 'node:path';
import type { SerializedError } from 'vitest';
import type { TestCase } from 'vitest/node';
import { ARTIFACT_TYPE, assemble } from '../evidence/entries.ts';
import type { Recording } from '../evidence/model.ts';
import { plainText } from '../evidence/plain-text.ts';
import type { TestEnd } from '../evidence/verdict.ts';

export function recordingOf(test: TestCase): Recording | undefined {
  const entries = test
    .artifacts()
    .flatMap((artifact) => (artifact.type === ARTIFACT_TYPE ? [artifact.entry] : []));
  return assemble(entries);
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

/** Message, diff and the place in the test, then the same of its cause; colours removed. */
export function describeError(error: SerializedError): string {
  const cause = error.cause === undefined ? '' : `\n\nbecause of: ${describeError(error.cause)}`;
  const diff = typeof error.diff === 'string' ? `\n\n${error.diff}` : '';
  const place = error.stacks?.[0];
  const at =
    place === undefined ? '' : `\n\nat ${relative(process.cwd(), place.file)}:${place.line}`;
  return plainText(`${error.message}${diff}${at}${cause}`);
}
