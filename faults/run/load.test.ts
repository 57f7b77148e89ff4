import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { sampleEvidence } from '../../reports/sample.ts';
import { redOf } from './load.ts';

it('a suite fails by refuted requirements, failed set-ups, and failed checks', () => {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-load-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'evidence.json');
  expect(redOf(file)).toEqual([expect.stringMatching(/^no evidence: .*ENOENT/)]);
  const { requirements, ...rest } = sampleEvidence();
  const [first, second, third] = requirements;
  if (!first || !second || !third) throw new Error('too few requirements');
  const some = [
    { ...first, verdict: 'refuted' },
    { ...second, verdict: 'set-up-failed' },
    { ...third, verdict: 'unsupported' },
  ];
  writeFileSync(
    file,
    JSON.stringify({
      ...rest,
      requirements: some,
      checks: { passed: 1, failed: [{ name: 'a check', failure: 'why' }] },
    }),
  );
  expect(redOf(file)).toEqual([
    `refuted: ${first.id}`,
    `set-up-failed: ${second.id}`,
    'failed: a check: why',
  ]);
});
