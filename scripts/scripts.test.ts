// The commands' own decisions: selected requirements, counts, refused arguments.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { countLine } from './ci/count.ts';

const root = join(import.meta.dirname, '..');

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-scripts-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

function count(evidence: string, since = 0, more: Readonly<Record<string, string>> = {}) {
  const directory = temporary();
  const files = Object.entries({ evidence, ...more }).flatMap(([name, text]) => {
    writeFileSync(join(directory, name), text);
    return [`--${name}`, join(directory, name)];
  });
  return countOf([String(since), ...files]);
}

/** As `scripts/count.ts` prints it and exits. */
function countOf(args: string[]) {
  const { line, fails } = countLine(args, () => {});
  return { stdout: `${line}\n`, status: fails ? 1 : 0 };
}

function countOfTwo(...texts: readonly string[]) {
  const directory = temporary();
  const files = texts.flatMap((text, at) => {
    writeFileSync(join(directory, `${at}`), text);
    return ['--evidence', join(directory, `${at}`)];
  });
  return countOf(['0', ...files]);
}

function faultsOf(outcomes: readonly string[]): string {
  const verdicts = { went: 'right', hang: 'wrong', engine: 'apart' };
  const columns = Object.entries(verdicts).map(([id, verdict]) => ({ id, verdict }));
  const cases = outcomes.map((outcome) => ({ outcome }));
  const tables = [{ outcomes: columns, cases }];
  return JSON.stringify({ startedAt: '2026-01-02T03:04:05.000Z', tables });
}

/** Vitest's JSON, with one check skipped. */
function checksOf(passed: number, failed: number, success = failed === 0): string {
  return JSON.stringify({
    startTime: Date.parse('2026-01-02T03:04:05.000Z'),
    success,
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: 1,
  });
}

function matrixOf(outcome: string, verdicts: readonly string[]): string {
  return JSON.stringify({
    startedAt: '2026-01-02T03:04:05.000Z',
    columns: [{ outcome, cells: verdicts.map((verdict) => ({ verdict })) }],
  });
}

function evidenceOf(verdicts: readonly string[], failed: readonly string[] = []): string {
  const requirements = verdicts.map((verdict, at) => ({ id: `NS-0${at + 1}`, verdict }));
  return JSON.stringify({
    startedAt: '2026-01-02T03:04:05.000Z',
    requirements,
    checks: { passed: 3, failed, skipped: 1 },
  });
}

test('the count of a run is of its requirements and its unit tests', () => {
  const run = count(evidenceOf(['proven', 'proven', 'not-proven-here']));
  expect(run.stdout).toBe('5 passed, 0 failed, 2 skipped\n');
  expect(run.status).toBe(0);
});

test('the line is printed, with the reason for a missing run', () => {
  const none = ['scripts/count.ts', '0', '--evidence', join(temporary(), 'none.json')];
  const run = spawnSync(process.execPath, none, { cwd: root, encoding: 'utf8' });
  expect(run.stdout).toBe('0 passed, 1 failed, 0 skipped\n');
  expect(run.stderr).toContain('terrarium: no evidence of this run');
  expect(run.status).toBe(1);
});

test.each([
  [['proven', 'proven'], '8 passed, 0 failed, 2 skipped\n', 0],
  [['proven', 'not-proven-here'], '7 passed, 0 failed, 3 skipped\n', 0],
  [['refuted', 'proven'], '7 passed, 1 failed, 2 skipped\n', 1],
])(
  'a requirement of two runs counts once, with its worst verdict: %j',
  (verdicts, line, status) => {
    const run = countOfTwo(evidenceOf(['proven', 'proven']), evidenceOf(verdicts));
    expect([run.stdout, run.status]).toEqual([line, status]);
  },
);

test('of two runs a missing one fails', () => {
  const run = countOfTwo(evidenceOf(['proven']), '');
  expect([run.stdout, run.status]).toEqual(['4 passed, 1 failed, 1 skipped\n', 1]);
});

test.each([
  [
    'a refuted requirement',
    evidenceOf(['proven', 'refuted']),
    0,
    '4 passed, 1 failed, 1 skipped\n',
  ],
  ['an unknown verdict', evidenceOf(['proven', 'perhaps']), 0, '4 passed, 1 failed, 1 skipped\n'],
  ['a failed unit test', evidenceOf(['proven'], ['one']), 0, '4 passed, 1 failed, 1 skipped\n'],
  [
    'evidence of an earlier run',
    evidenceOf(['proven']),
    1_800_000_000,
    '0 passed, 1 failed, 0 skipped\n',
  ],
  ['evidence cut short', evidenceOf(['proven']).slice(0, 40), 0, '0 passed, 1 failed, 0 skipped\n'],
])('%s fails the run', (_, evidence, since, line) => {
  const run = count(evidence, since);
  expect(run.stdout).toBe(line);
  expect(run.status).toBe(1);
});

test('the requirements of a guest count beside those of the host', () => {
  const run = count(evidenceOf(['proven']), 0, {
    matrix: matrixOf('completed', ['proven', 'proven', 'not-proven-here']),
  });
  expect(run.stdout).toBe('6 passed, 0 failed, 2 skipped\n');
  expect(run.status).toBe(0);
});

test.each([
  ['a requirement that a guest refutes', matrixOf('completed', ['proven', 'refuted']), 0],
  ['a guest that died after its last cell', matrixOf('panic', ['proven']), 0],
  ['a guest that proved nothing', matrixOf('completed', ['not-proven-here']), 0],
  ['no guest at all', JSON.stringify({ startedAt: '2026-01-02T03:04:05.000Z', columns: [] }), 0],
  ['a matrix cut short', matrixOf('completed', ['proven']).slice(0, 40), 0],
  [
    'a matrix of an earlier run',
    matrixOf('completed', ['proven']),
    Date.parse('2026-01-02T03:04:06Z') / 1000,
  ],
])('%s fails the run', (_, matrix, since) => {
  const later = evidenceOf(['proven']).replace('03:04:05', '03:04:06');
  const run = count(later, since, { matrix });
  expect(run.stdout).toMatch(/^\d+ passed, 1 failed, /);
  expect(run.status).toBe(1);
});

test.each([
  ['cut short', evidenceOf(['proven']).slice(0, 40), 'not JSON'],
  ['that lacks most', evidenceOf(['proven']), '/version is missing'],
])('a baseline %s ends the run before it begins', (_, text, place) => {
  const file = join(temporary(), 'before.json');
  writeFileSync(file, text);
  const run = spawnSync('sh', ['scripts/verify.sh', '--baseline', file], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(run.status).toBe(1);
  expect(run.stdout).toBe('');
  expect(run.stderr).toMatch(/^terrarium: baseline .*\n {2}hint: .*\n$/);
  expect(run.stderr).toContain(place);
});

// One run of vitest with colours, one without; the unit tests of wantsColour have other cases.
test.each([
  [{ FORCE_COLOR: '1', NO_COLOR: '' }, true],
  [{ FORCE_COLOR: '', NO_COLOR: '' }, false],
])('a demo ends with a verdict for each requirement, and why, with %j', (env, coloured) => {
  const project = temporary();
  const spec = `import { test } from 'vitest';
    test('A-01 — one', () => {});
    test('A-02 — two', () => { throw new Error('not so'); });
    test('A-03 — three', (context) => context.skip('no cpuset'));
    test('B-01 — another', () => {});`;
  writeFileSync(join(project, 'a.test.ts'), spec);
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  const config =
    "export default { cacheDir: 'cache', test: { fsModuleCachePath: 'cache/modules' } };";
  writeFileSync(join(project, 'vitest.config.mjs'), config);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const reporter = `--reporter=${join(root, 'scripts/failures-only.ts')}`;
  const run = spawnSync(process.execPath, [vitest, 'run', reporter, '-t', 'A-'], {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  expect(stripVTControlCharacters(run.stdout).trim().split('\n')).toEqual([
    '✓ proven  A-01 — one',
    '✗ refuted  A-02 — two',
    '– not proven here: no cpuset  A-03 — three',
  ]);
  expect(run.stdout.includes('\x1b[32m✓ proven\x1b[39m')).toBe(coloured);
  expect(run.stderr).toContain('terrarium: A-02 — two: not so\n');
  expect(run.status).toBe(1);
});

test.each(['', 'a b', '../x', '-v', 'a/b', '23m0001.tar'])('%j is no roll number', (roll) => {
  const run = spawnSync('sh', ['scripts/submission.sh', roll], { cwd: root, encoding: 'utf8' });
  expect(run.status).toBe(1);
  expect(run.stderr).toContain('roll number');
});

test.each([
  [['went', 'went', 'engine'], '6 passed, 0 failed, 2 skipped\n', 0],
  [['went', 'hang'], '5 passed, 1 failed, 1 skipped\n', 1],
])('calls made to fail are counted: %j', (outcomes, line, status) => {
  const run = count(evidenceOf(['proven']), 0, { faults: faultsOf(outcomes) });
  expect([run.stdout, run.status]).toEqual([line, status]);
});

test.each([
  ['counted', checksOf(4, 0), 0, '7 passed, 0 failed, 2 skipped\n', 0],
  ['failed', checksOf(4, 2), 0, '7 passed, 2 failed, 2 skipped\n', 1],
  ['not loaded', checksOf(4, 0, false), 0, '7 passed, 1 failed, 2 skipped\n', 1],
  ['none', checksOf(0, 0), 0, '3 passed, 1 failed, 1 skipped\n', 1],
  ['of an earlier run', checksOf(4, 0), 1_800_000_000, '3 passed, 1 failed, 1 skipped\n', 1],
])('checks of the package and of platforms that are %s', (_, checks, since, line, status) => {
  const evidence = evidenceOf([]).replace('2026-01', '2027-06');
  for (const name of ['package', 'platforms']) {
    const run = count(evidence, since, { [name]: checks });
    expect([run.stdout, run.status]).toEqual([line, status]);
  }
});

test('continuous integration refuses unknown arguments before it starts', () => {
  for (const [words, said] of [
    [['--only', 'load,nonsense'], 'unknown step nonsense'],
    [['--only'], '--only needs steps'],
    [['--fast'], 'unknown option --fast'],
  ] as const) {
    const { stderr, status } = spawnSync(join(root, '.ci/run'), words, { encoding: 'utf8' });
    expect([stderr, status]).toEqual([expect.stringContaining(said), 1]);
  }
});

const SUBMITTED = [
  'scripts/submission.sh',
  'scripts/checkout.sh',
  'bin/terrarium',
  '.gitignore',
  'package.json',
];

/** A checkout of these files, with output that is not packed. */
function submissionOf(files: readonly string[]): string {
  const copy = temporary();
  execFileSync('cp', ['--parents', ...files, copy], { cwd: root });
  for (const output of [
    'node_modules/a/b',
    'build/c',
    'reports/out/d',
    'fixtures/rootfs/out/default/e',
    'old.tar.gz',
  ]) {
    mkdirSync(dirname(join(copy, output)), { recursive: true });
    writeFileSync(join(copy, output), '');
  }
  return copy;
}

/** Files of the packed submission, sorted. */
function packed(copy: string, ...options: readonly string[]): string[] {
  execFileSync('sh', ['scripts/submission.sh', '23m_0-1', ...options], { cwd: copy });
  const listed = execFileSync('tar', ['-tzf', join(copy, '23m_0-1.tar.gz')], { encoding: 'utf8' });
  return listed
    .split('\n')
    .filter((name) => name !== '' && !name.endsWith('/'))
    .sort();
}

test.each(['git', 'no git'])(
  'a submission with the executable has it as new as its sources: %s',
  (git) => {
    const copy = submissionOf(SUBMITTED);
    const pack = () => packed(copy, '--with-executable');
    if (git === 'git') {
      const user = ['-c', 'user.name=a', '-c', 'user.email=a@b'];
      for (const words of [
        ['init', '-q'],
        ['add', '-A'],
        [...user, 'commit', '-qm', 'all'],
      ])
        execFileSync('git', words, { cwd: copy });
    }
    expect(pack).toThrow(/the executable is not there, or older than its sources/);
    mkdirSync(join(copy, 'build/release'));
    writeFileSync(join(copy, 'build/release/terrarium'), '#!/bin/sh\necho 1\n', { mode: 0o755 });
    writeFileSync(join(copy, 'build/release/inputs.sh'), "inputs='package.json'\n");
    const release = ['build/release/inputs.sh', 'build/release/terrarium'];
    expect(pack()).toEqual([...release, ...SUBMITTED].map((file) => `23m_0-1/${file}`).sort());
    const to = temporary();
    execFileSync('tar', ['-xzf', join(copy, '23m_0-1.tar.gz'), '-C', to]);
    const started = spawnSync(join(to, '23m_0-1/bin/terrarium'), ['--version'], {
      encoding: 'utf8',
      env: { ...process.env, TERRARIUM_START: 'executable' },
    });
    expect(started).toMatchObject({ status: 0, stdout: '1\n', stderr: '' });
  },
);

test('an unpacked submission packs itself: every file, and no output', () => {
  const copy = submissionOf(SUBMITTED);
  const all = SUBMITTED.map((file) => `23m_0-1/${file}`).sort();
  expect(packed(copy)).toEqual(all);
  const sum = () => execFileSync('sha256sum', [join(copy, '23m_0-1.tar.gz')], { encoding: 'utf8' });
  const first = sum();
  expect(packed(copy)).toEqual(all);
  expect(sum()).toBe(first);
});

test('modules are compiled into the checkout, with a blank in its path', () => {
  const copy = join(temporary(), 'a b');
  mkdirSync(copy);
  const files = ['vitest.config.ts', 'package.json', 'scripts/setup/pinned-node.ts'];
  execFileSync('cp', ['--parents', ...files, copy], { cwd: root });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const { NODE_COMPILE_CACHE: _, TERRARIUM_REPORT_DIR: __, ...env } = process.env;
  const program =
    "await import('./vitest.config.ts'); console.log(process.env.NODE_COMPILE_CACHE);";
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    ...{ cwd: copy, env, encoding: 'utf8' },
  });
  expect(printed).toBe(`${join(copy, 'build/cache')}\n`);
});
