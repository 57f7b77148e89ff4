// The whole way once: a run of specs that pass, fail, give up, lie, crash and do not run,
// with the reporter, in a project of its own.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEvidence } from '../../reports/write.ts';
import type { Evidence, RequirementEvidence } from '../evidence/model.ts';

const repository = dirname(dirname(import.meta.dirname));
const project = mkdtempSync(join(tmpdir(), 'terrarium-reporter-'));

const SPECS: Readonly<Record<string, string>> = {
  'a.spec.ts': `
    testRequirement('NS-01', async ({ say, observe, control, transcript, onCleanup }) => {
      await say('begin');
      observe({ label: 'namespace', inside: 1n, host: 2, decisive: true });
      control('on the host', { outcome: 'opposite', observed: 'another' });
      transcript({ title: 't', role: 'subject', command: 'c', cast: '{"version":2,"width":80,"height":24}' });
      onCleanup(() => say('first registered'));
      onCleanup(async () => say('last registered'));
    });
    testRequirement('NS-02', ({ control }) => { control('c', { outcome: 'opposite', observed: '' }); expect({ a: 1 }).toEqual({ a: 2 }); });
    testRequirement('NS-03', () => {});
    testRequirement('NS-04', ({ control }) => { control('c', { outcome: 'same', observed: 'no difference' }); });
    testRequirement('NS-05', { controlFree: 'nothing to compare with' }, () => {});
    testRequirement('NS-06', ({ notProvenHere, onCleanup, say }) => { onCleanup(() => say('cleaned')); notProvenHere('a feature'); });
    testRequirement('NS-07', { timeoutMs: 300 }, async ({ say, onCleanup }) => { onCleanup(() => say('cleaned')); await new Promise(() => {}); });
    testRequirement('NS-08', async ({ shell }) => { await shell(); });
    testRequirement('ROOT-01', ({ control, onCleanup }) => {
      control('c', { outcome: 'opposite', observed: '' });
      onCleanup(() => { throw new Error('the cgroup is busy'); });
    });
    test.skip('ROOT-02', () => {});
    test('a check that fails', () => { throw new Error('outer', { cause: new Error('inner') }); });
  `,
  'b.spec.ts': `
    testRequirement('HOST-01', async ({ say }) => { await say('about to die'); process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}); });
    testRequirement('HOST-02', () => {});
  `,
  'c.spec.ts': `
    testRequirement('PS-01', () => {});
    throw new Error('this file cannot be loaded');
  `,
};

/** The last has no test. */
const IDS = [
  ...['NS-01', 'NS-02', 'NS-03', 'NS-04', 'NS-05', 'NS-06', 'NS-07', 'NS-08'],
  ...['ROOT-01', 'ROOT-02', 'HOST-01', 'HOST-02', 'PS-01', 'CLEAN-04'],
];

interface Run {
  readonly exitCode: number | undefined;
  readonly output: string;
  readonly evidence: Evidence;
}

async function run(environment: Readonly<Record<string, string>>, ...args: string[]): Promise<Run> {
  const { exitCode, all } = await execa(
    process.execPath,
    [join(repository, 'node_modules/vitest/vitest.mjs'), 'run', ...args],
    {
      cwd: project,
      reject: false,
      all: true,
      env: { NO_COLOR: '1', TERRARIUM_BASELINE: '', npm_lifecycle_event: '', ...environment },
    },
  );
  return { exitCode, output: all, evidence: readEvidence(join(project, 'out/evidence.json')) };
}

beforeAll(() => {
  mkdirSync(join(project, 'specs'));
  symlinkSync(join(repository, 'node_modules'), join(project, 'node_modules'));
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  const from = (file: string) => JSON.stringify(join(repository, file));
  writeFileSync(
    join(project, 'vitest.config.ts'),
    `import { EvidenceReporter } from ${from('harness/reporter/reporter.ts')};
     import { readEvidence, writeReport } from ${from('reports/write.ts')};
     import { suite } from './suite.ts';
     const here = import.meta.dirname;
     const baseline = process.env.TERRARIUM_BASELINE;
     const write = process.env.PAGE === 'no' ? undefined : writeReport;
     const reporter = () => new EvidenceReporter({ suite, directory: here + '/out', write, readBaseline: readEvidence, baseline });
     export default { cacheDir: here + '/cache', test: { fsModuleCachePath: here + '/cache/modules', include: ['specs/*.ts'], pool: 'forks', maxWorkers: 2, reporters: [reporter()] } };`,
  );
  writeFileSync(
    join(project, 'suite.ts'),
    `const ids = ${JSON.stringify(IDS)};
     const claim = (id) => [id, { title: 'what ' + id + ' claims', sentences: ['asked'] }];
     export const suite = {
       title: 'A suite',
       requirements: Object.fromEntries(ids.map(claim)),
       sentences: [{ key: 'asked', heading: 'All', text: 'What is asked.' }],
     };`,
  );
  const head = `import { expect, test } from 'vitest';
    import { defineSpec } from ${from('harness/spec/define.ts')};
    import { suite } from '../suite.ts';
    const subject = { name: 'none', supports: 'all', start: () => ({ commandLine: ['false'] }) };
    const { testRequirement } = defineSpec({ ...suite, subject, rootfs: '/' });\n`;
  for (const [name, text] of Object.entries(SPECS))
    writeFileSync(join(project, 'specs', name), head + text);
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('a run of every spec', () => {
  let all: Run;
  beforeAll(async () => {
    all = await run({});
  });

  const of = (id: string): RequirementEvidence | undefined =>
    all.evidence.requirements.find((each) => each.id === id);

  test('gives each requirement its verdict, with the reason', () => {
    const verdicts = Object.fromEntries(
      all.evidence.requirements
        .filter(({ file }) => file !== '')
        .map(({ id, verdict, failure, missing }) => [
          id,
          failure?.split('\n', 1)[0] ?? missing ?? verdict,
        ]),
    );
    expect(verdicts).toEqual({
      'NS-01': 'proven',
      'NS-02': 'expected { a: 1 } to deeply equal { a: 2 }',
      'NS-03': 'no control answered the opposite, so nothing is proven',
      'NS-04': 'the control answered the same, so nothing is proven: c: no difference',
      'NS-05': 'proven',
      'NS-06': 'a feature',
      'NS-07': 'Test timed out in 300ms.',
      'NS-08': expect.stringMatching(/^set-up failed: the terminal was closed before /),
      'ROOT-01': 'the cgroup is busy',
      'ROOT-02': 'no evidence: skipped without naming what this host lacks',
      'HOST-01': expect.stringMatching(/^no evidence: the test did not finish/),
      'HOST-02': expect.stringMatching(/^no evidence: /),
      'PS-01': expect.stringMatching(/^no evidence: .*this file cannot be loaded/),
    });
  });

  test('keeps the tests’ recordings up to a crash', () => {
    expect(of('NS-01')).toMatchObject({
      observations: [{ label: 'namespace', inside: '1', host: '2', decisive: true }],
      control: { description: 'on the host', outcome: 'opposite', observed: 'another' },
      sentences: ['asked'],
      file: 'specs/a.spec.ts',
    });
    expect(of('NS-02')?.failure).toMatch(
      /-\s+"a": 2[\s\S]*\+\s+"a": 1[\s\S]*at specs\/a\.spec\.ts:\d+/,
    );
    expect(of('HOST-01')?.steps.map(({ text }) => text)).toEqual(['about to die']);
  });

  test('cleans up after each test, last first, also after a timeout', () => {
    expect(of('NS-01')?.steps.map(({ text }) => text)).toEqual([
      'begin',
      'last registered',
      'first registered',
    ]);
    expect(of('NS-06')?.steps.map(({ text }) => text)).toEqual(['cleaned']);
    expect(of('NS-07')?.steps.map(({ text }) => text)).toEqual(['cleaned']);
  });

  test('makes a red row of every requirement that no spec holds a test for', () => {
    expect(of('CLEAN-04')).toMatchObject({
      verdict: 'refuted',
      failure: 'no evidence: no spec holds a test for it',
    });
  });

  test('counts other tests apart, with their errors and causes', () => {
    const check = all.evidence.checks.failed.find(({ name }) => name.includes('a check that'));
    expect(check?.name).toBe('specs/a.spec.ts › a check that fails');
    expect(check?.failure).toMatch(/^outer\n[\s\S]*because of: inner/);
  });

  test('says all of it on the terminal, fails, and leaves the report', () => {
    expect(all.exitCode).not.toBe(0);
    expect(all.output).toMatch(/✓ NS-01 /);
    expect(all.output).toMatch(/– NS-06 .* — not proven here: a feature/);
    expect(all.output).toMatch(/rerun: npx vitest run specs\/a\.spec\.ts -t '\^NS-02\$'/);
    expect(all.output).toContain('out/report.html');
    for (const name of ['report.html', 'junit.xml', 'ctrf.json', 'evidence.schema.json']) {
      expect(readFileSync(join(project, 'out', name), 'utf8').length).toBeGreaterThan(1000);
    }
  });
});

test('an invalid baseline ends the run before it begins', async () => {
  writeFileSync(join(project, 'no-baseline.json'), '{"version":1}');
  const refused = await run(
    { TERRARIUM_BASELINE: join(project, 'no-baseline.json') },
    'specs/a.spec.ts',
    '-t',
    '^NS-01$',
  );
  expect(refused.exitCode).not.toBe(0);
  expect(refused.output).toContain('not evidence of this version');
  expect(refused.output).not.toContain('✓ NS-01');
});

test('a requirement that the baseline proved and this run does not is a regression', async () => {
  // A run of two requirements holds nothing else, and passes.
  const before = await run({ PAGE: 'no' }, 'specs/a.spec.ts', '-t', '^NS-0[16]$');
  expect(before.evidence.requirements.map(({ id, verdict }) => [id, verdict])).toEqual([
    ['NS-01', 'proven'],
    ['NS-06', 'not-proven-here'],
  ]);
  expect(before.evidence.checks).toEqual({ passed: 0, failed: [], skipped: 0 });
  const proven = before.evidence.requirements.map((each) => ({
    ...each,
    verdict: 'proven' as const,
  }));
  writeFileSync(
    join(project, 'baseline.json'),
    JSON.stringify({ ...before.evidence, requirements: proven }),
  );
  const after = await run(
    { TERRARIUM_BASELINE: join(project, 'baseline.json') },
    'specs/a.spec.ts',
    '-t',
    '^NS-0[16]$',
  );
  expect(before.exitCode).toBe(0);
  expect(after.output).toContain('NS-06 no longer provable');
  expect(after.exitCode).toBe(1);
  expect(
    readFileSync(join(project, 'out/report.html'), 'utf8').includes('Since the baseline'),
  ).toBe(true);
});
