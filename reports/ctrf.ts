// The verdicts as CTRF (Common Test Report Format, ctrf.io, schema 0.0.0), for dashboards. Pure.
import type { Evidence, RequirementEvidence } from '../harness/evidence/model.ts';
import { plainText } from '../harness/evidence/plain-text.ts';

const STATUS = {
  proven: 'passed',
  refuted: 'failed',
  'not-proven-here': 'skipped',
  unsupported: 'skipped',
  'set-up-failed': 'failed',
} as const;

export interface CtrfTest {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly duration: number;
  readonly message?: string;
  readonly trace?: string;
  readonly filePath?: string;
  readonly suite?: readonly string[];
  readonly extra?: Readonly<Record<string, string>>;
}

/** Common to all tests of a report. Times are milliseconds, the start ISO 8601. */
export interface CtrfRun {
  readonly startedAt: string;
  readonly durationMs: number;
  /** Kernel release of uname(1), if all tests ran on the same kernel. */
  readonly osRelease?: string;
  readonly commit: string;
}

/** The report as JSON text. Times in it are milliseconds, start and stop since the epoch. */
export function ctrfJson(run: CtrfRun, tests: readonly CtrfTest[]): string {
  const { startedAt, durationMs, osRelease, commit } = run;
  const count = (status: CtrfTest['status']) =>
    tests.filter((test) => test.status === status).length;
  const start = Date.parse(startedAt);
  const release = osRelease === undefined ? {} : { osRelease };
  const report = {
    reportFormat: 'CTRF',
    specVersion: '0.0.0',
    generatedBy: 'terrarium',
    timestamp: startedAt,
    results: {
      tool: { name: 'terrarium' },
      summary: {
        ...{ tests: tests.length, passed: count('passed'), failed: count('failed') },
        ...{ skipped: count('skipped'), pending: 0, other: 0, start, stop: start + durationMs },
      },
      tests,
      environment: { osPlatform: 'linux', ...release, commit },
    },
  };
  const plain = (_: string, value: unknown) =>
    typeof value === 'string' ? plainText(value) : value;
  return `${JSON.stringify(report, plain, 2)}\n`;
}

/** The verdicts of one run: requirements, then failed checks. */
export function ctrf({
  requirements,
  checks,
  startedAt,
  durationMs,
  host,
  commit,
}: Evidence): string {
  const tests = [
    ...requirements.map(requirementTest),
    ...checks.failed.map(
      ({ name, failure }): CtrfTest => ({
        ...{ name, status: 'failed', duration: 0, trace: failure, suite: ['checks'] },
        message: failure.split('\n', 1)[0] ?? '',
      }),
    ),
  ];
  return ctrfJson({ startedAt, durationMs, osRelease: host.kernel, commit: commit.id }, tests);
}

function requirementTest({
  id,
  title,
  verdict,
  durationMs,
  failure,
  missing,
  file,
  rerun,
}: RequirementEvidence): CtrfTest {
  const message =
    failure?.split('\n', 1)[0] ??
    (missing === undefined ? undefined : `${verdict.replaceAll('-', ' ')}: ${missing}`);
  return {
    name: `${id} — ${title}`,
    status: STATUS[verdict],
    duration: durationMs,
    ...(message === undefined ? {} : { message }),
    ...(failure === undefined ? {} : { trace: failure }),
    filePath: file,
    suite: [id.replace(/-\d+$/, '')],
    extra: { id, verdict, rerun },
  };
}
