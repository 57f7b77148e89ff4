// The verdicts as CTRF (Common Test Report Format, ctrf.io, schema 0.0.0), for dashboards that read
// it. Pure.
import type { Evidence, RequirementEvidence } from '../harness/evidence/model.ts';
import { plainText } from '../harness/evidence/plain-text.ts';

const STATUS = {
  proven: 'passed',
  refuted: 'failed',
  'not-proven-here': 'skipped',
  unsupported: 'skipped',
  'set-up-failed': 'failed',
} as const;

interface CtrfTest {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly duration: number;
  readonly message?: string;
  readonly trace?: string;
  readonly filePath?: string;
  readonly suite?: readonly string[];
  readonly extra?: Readonly<Record<string, string>>;
}

/** A CTRF report as JSON text. Times are milliseconds, start and stop since the epoch. */
export function ctrf(evidence: Evidence): string {
  const tests = [
    ...evidence.requirements.map(requirementTest),
    ...evidence.checks.failed.map(
      ({ name, failure }): CtrfTest => ({
        name,
        status: 'failed',
        duration: 0,
        message: failure.split('\n', 1)[0] ?? '',
        trace: failure,
        suite: ['checks'],
      }),
    ),
  ];
  const count = (status: CtrfTest['status']) =>
    tests.filter((test) => test.status === status).length;
  const start = Date.parse(evidence.startedAt);
  const report = {
    reportFormat: 'CTRF',
    specVersion: '0.0.0',
    generatedBy: 'terrarium',
    timestamp: evidence.startedAt,
    results: {
      tool: { name: 'terrarium' },
      summary: {
        tests: tests.length,
        passed: count('passed'),
        failed: count('failed'),
        skipped: count('skipped'),
        pending: 0,
        other: 0,
        start,
        stop: start + evidence.durationMs,
      },
      tests,
      environment: {
        osPlatform: 'linux',
        osRelease: evidence.host.kernel,
        commit: evidence.commit.id,
      },
    },
  };
  const plain = (_: string, value: unknown) =>
    typeof value === 'string' ? plainText(value) : value;
  return `${JSON.stringify(report, plain, 2)}\n`;
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
