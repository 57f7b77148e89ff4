// Two shards, each left as a blob and merged, are one run: the same evidence but for times, and the
// same counts.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEvidence } from '../../reports/write.ts';
import type { Evidence } from '../evidence/model.ts';

const repository = dirname(dirname(import.meta.dirname));
const project = mkdtempSync(join(tmpdir(), 'terrarium-shards-'));
const from = (file: string) => JSON.stringify(join(repository, file));

const HEAD = `
  import { expect, test } from 'vitest';
  import { defineSpec } from ${from('harness/spec/define.ts')};
  import { claims } from '../suite.ts';
  const subject = { name: 'a subject', supports: 'all', start: () => ({ commandLine: ['false'] }) };
  const { testRequirement } = defineSpec({ ...claims, subject, rootfs: '/' });`;

const FILES: Readonly<Record<string, string>> = {
  '.gitignore': 'whole\nmerged\ncache\n.vitest\nnode_modules\n',
  'suite.ts': `
    const ids = ['A-01', 'A-02', 'A-03', 'B-01', 'B-02', 'B-03'];
    export const claims = {
      title: 'Shards',
      requirements: Object.fromEntries(ids.map((id) => [id, { title: id + ' holds', sentences: ['s'] }])),
      sentences: [{ key: 's', heading: 'H', text: 'It holds.' }],
    };`,
  'vitest.config.ts': `
    import { EvidenceReporter } from ${from('harness/reporter/reporter.ts')};
    import { shards } from ${from('harness/reporter/shards.ts')};
    const here = import.meta.dirname;
    export default { plugins: [shards()], cacheDir: here + '/cache', test: { fsModuleCachePath: here + '/cache/modules', include: ['specs/*.ts'], pool: 'forks', maxWorkers: 1, reporters: [new EvidenceReporter({ directory: process.env.OUT })] } };`,
  'specs/a.spec.ts': `${HEAD}
    testRequirement('A-01', async ({ say, observe, inside, outside, control, transcript, series, plan, artefact }) => {
      await say('first');
      expect(inside('value', 1n)).toBe(1n);
      expect(outside('value', 'seen')).toBe('seen');
      observe({ label: 'background', host: 'x'.repeat(100_000) });
      control('without', { outcome: 'opposite', observed: 'é\\u0000\\ud800' });
      transcript({ title: 't', role: 'subject', command: 'c', cast: '{"version":2,"width":80,"height":24}' });
      series({ title: 'p', unit: 'MiB', lines: [{ label: 'l', role: 'subject', points: [[0, 1]] }] });
      plan('p', [{ index: 1, phase: 'host', text: 'mkdir', startNs: 0, durationNs: 1 }]);
      artefact({ name: 'a', mediaType: 'text/plain', text: 'b' });
    });
    testRequirement('A-02', ({ notProvenHere }) => notProvenHere('a feature'));
    testRequirement('A-03', { controlFree: 'none' }, () => { expect(1).toBe(2); });
    test('a check', () => {});`,
  'specs/b.spec.ts': `${HEAD}
    testRequirement('B-01', { controlFree: 'none' }, () => {});
    testRequirement('B-02', async ({ shell }) => { await shell(); });
    test('another check', () => { expect(1).toBe(2); });
    test.skip('left out', () => {});`,
};

beforeAll(() => {
  mkdirSync(join(project, 'specs'));
  symlinkSync(join(repository, 'node_modules'), join(project, 'node_modules'));
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(project, name), text);
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

async function vitest(out: string, ...args: string[]): Promise<string> {
  const command = [join(repository, 'node_modules/vitest/vitest.mjs'), 'run', ...args];
  const env = { NO_COLOR: '1', OUT: out, npm_lifecycle_event: '' };
  const { all } = await execa(process.execPath, command, {
    ...{ cwd: project, reject: false, all: true, env },
  });
  return all;
}

/** Without what two runs of the same cannot share: times, the command, counts of a living host. */
function lasting(evidence: Evidence) {
  const { durationMs: _, startedAt: __, command: ___, audit, requirements, ...rest } = evidence;
  return {
    ...rest,
    audit: audit.map(({ what }) => what),
    requirements: requirements.map(
      ({ startedAtMs: _, durationMs: __, worker: ___, steps, transcripts, ...requirement }) => ({
        ...requirement,
        // The token that the shell was asked for is random, and so is what a program that ends at
        // once has still shown of it.
        failure: requirement.failure?.split('\n', 1)[0]?.replaceAll(/RDY-\w+/g, 'RDY'),
        missing: requirement.missing?.replaceAll(/RDY-\w+/g, 'RDY'),
        steps: steps.map(({ text }) => text),
        transcripts: transcripts.map(({ cast: _, ...transcript }) => transcript),
      }),
    ),
  };
}

/** The counts of the summary's last lines, and the verdicts; no durations, no paths. */
function said(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => /^[✓✗–!] [A-Z]-\d| proven · /.test(line))
    .map((line) =>
      line
        .replace(/ [\d.]+ m?s$/, '')
        .replaceAll(/RDY-\w+/g, 'RDY')
        .replace(/ · [\d.]+ m?s$/, ''),
    )
    .sort();
}

// Four runs of vitest.
test('merged shards are one run', { timeout: 240_000 }, async () => {
  const whole = await vitest(join(project, 'whole'));
  for (const shard of ['1/2', '2/2']) await vitest('', `--shard=${shard}`, '--reporter=blob');
  // The sources as they were when the shards ran are what the evidence is of.
  writeFileSync(join(project, 'later'), '');
  const merged = await vitest(join(project, 'merged'), '--mergeReports');
  const [one, two] = ['whole', 'merged'].map((out) =>
    readEvidence(join(project, out, 'evidence.json')),
  );
  if (one === undefined || two === undefined) throw new Error('no evidence');
  expect(one.requirements.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
    'A-01 proven',
    'A-02 not-proven-here',
    'A-03 refuted',
    'B-01 proven',
    'B-02 set-up-failed',
    'B-03 refuted',
  ]);
  expect(one.checks).toMatchObject({ passed: 1, skipped: 1 });
  expect(lasting(two)).toEqual(lasting(one));
  expect(said(merged)).toEqual(said(whole));
});
