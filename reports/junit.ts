// The verdicts as JUnit XML, for continuous integration (the format of the Ant task, as Jenkins and
// GitLab read it). Pure.
import type { Evidence, RequirementEvidence, Verdict } from '../harness/evidence/model.ts';
import { plainText } from '../harness/evidence/plain-text.ts';

export function junit(evidence: Evidence): string {
  const { requirements, checks } = evidence;
  const count = (...wanted: readonly Verdict[]) =>
    requirements.filter(({ verdict }) => wanted.includes(verdict)).length;
  const errors = count('set-up-failed');
  const skipped = count('not-proven-here', 'unsupported');
  const failures = count('refuted') + checks.failed.length;
  const tests = requirements.length + checks.failed.length;
  const counts = `tests="${tests}" failures="${failures}" errors="${errors}" skipped="${skipped}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="terrarium" ${counts} time="${seconds(evidence.durationMs)}">`,
    `  <testsuite name="requirements" ${counts} time="${seconds(evidence.durationMs)}" timestamp="${xml(evidence.startedAt)}" hostname="${xml(evidence.host.hostname)}">`,
    ...requirements.map(testCase),
    ...checks.failed.map(({ name, failure }) =>
      element(
        `    <testcase classname="checks" name="${xml(name)}" time="0"`,
        `<failure message="${firstLine(failure)}">${xml(failure)}</failure>`,
      ),
    ),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(requirement: RequirementEvidence): string {
  const { id, title, durationMs, file, verdict, failure = '', missing = '', rerun } = requirement;
  const open = `    <testcase classname="${xml(id.replace(/-\d+$/, ''))}" name="${xml(`${id} — ${title}`)}" file="${xml(file)}" time="${seconds(durationMs)}"`;
  switch (verdict) {
    case 'proven':
      return element(open, '');
    case 'refuted':
      return element(
        open,
        `<failure message="${firstLine(failure)}">${xml(`${failure}\n\nrerun: ${rerun}`)}</failure>`,
      );
    case 'set-up-failed':
      return element(open, `<error message="${firstLine(failure)}">${xml(failure)}</error>`);
    case 'not-proven-here':
    case 'unsupported':
      return element(
        open,
        `<skipped message="${xml(`${verdict.replaceAll('-', ' ')}: ${missing}`)}"/>`,
      );
  }
}

function element(open: string, body: string): string {
  return body === '' ? `${open}/>` : `${open}>${body}</testcase>`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

function firstLine(text: string): string {
  return xml(text.split('\n', 1)[0] ?? '');
}

/**
 * Markup; escape sequences whole; and the control characters that XML 1.0 cannot carry at all
 * (section 2.2).
 */
export function xml(text: string): string {
  return plainText(text)
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}
