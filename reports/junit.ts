// The verdicts as JUnit XML, for continuous integration (the format of the Ant task, as Jenkins and
// GitLab read it). Pure.
import type { Evidence, RequirementEvidence } from '../harness/evidence/model.ts';
import { plainText } from '../harness/evidence/plain-text.ts';

export interface JunitCase {
  readonly classname: string;
  readonly name: string;
  readonly file?: string;
  readonly durationMs: number;
  /** Undefined: it passed. `message` is one line; `text` has everything. */
  readonly result?: {
    readonly kind: 'failure' | 'error' | 'skipped';
    readonly message: string;
    readonly text?: string;
  };
}

export interface JunitSuite {
  readonly name: string;
  readonly durationMs: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly hostname: string;
  readonly cases: readonly JunitCase[];
}

/** The document. `durationMs`: duration of the whole run. */
export function junitXml(name: string, durationMs: number, suites: readonly JunitSuite[]): string {
  const cases = suites.flatMap((suite) => suite.cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${xml(name)}" ${counts(cases)} time="${seconds(durationMs)}">`,
    ...suites.flatMap((suite) => [
      `  <testsuite name="${xml(suite.name)}" ${counts(suite.cases)} time="${seconds(suite.durationMs)}" timestamp="${xml(suite.startedAt)}" hostname="${xml(suite.hostname)}">`,
      ...suite.cases.map(testCase),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}

function counts(cases: readonly JunitCase[]): string {
  const count = (kind: 'failure' | 'error' | 'skipped') =>
    cases.filter(({ result }) => result?.kind === kind).length;
  return `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
}

function testCase({ classname, name, file, durationMs, result }: JunitCase): string {
  const where = file === undefined ? '' : ` file="${xml(file)}"`;
  const open = `    <testcase classname="${xml(classname)}" name="${xml(name)}"${where} time="${seconds(durationMs)}"`;
  if (result === undefined) return `${open}/>`;
  const { kind, message, text } = result;
  const element = `<${kind} message="${xml(message)}"`;
  return `${open}>${text === undefined ? `${element}/>` : `${element}>${xml(text)}</${kind}>`}</testcase>`;
}

/** The verdicts of one run: requirements, then failed checks. */
export function junit(evidence: Evidence): string {
  const { requirements, checks, durationMs, startedAt, host } = evidence;
  const cases = [
    ...requirements.map(requirementCase),
    ...checks.failed.map(
      ({ name, failure }): JunitCase => ({
        ...{ classname: 'checks', name, durationMs: 0 },
        result: { kind: 'failure', message: firstLine(failure), text: failure },
      }),
    ),
  ];
  return junitXml('terrarium', durationMs, [
    { name: 'requirements', durationMs, startedAt, hostname: host.hostname, cases },
  ]);
}

function requirementCase(requirement: RequirementEvidence): JunitCase {
  const { id, title, durationMs, file, verdict, failure = '', missing = '', rerun } = requirement;
  const found = {
    ...{ classname: id.replace(/-\d+$/, ''), name: `${id} — ${title}`, file, durationMs },
  };
  const message = firstLine(failure);
  switch (verdict) {
    case 'proven':
      return found;
    case 'refuted': {
      const text = `${failure}\n\nrerun: ${rerun}`;
      return { ...found, result: { kind: 'failure', message, text } };
    }
    case 'set-up-failed':
      return { ...found, result: { kind: 'error', message, text: failure } };
    case 'not-proven-here':
    case 'unsupported': {
      const why = `${verdict.replaceAll('-', ' ')}: ${missing}`;
      return { ...found, result: { kind: 'skipped', message: why } };
    }
  }
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/**
 * Markup; escape sequences whole; and the control characters that XML 1.0 cannot carry at all
 * (section 2.2).
 */
function xml(text: string): string {
  return plainText(text)
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}
