// What failed in the steps of continuous integration: names and first lines of errors, from the
// steps' output files, and the log where a step writes none.
import { stripVTControlCharacters } from 'node:util';
import type { FaultReport } from '../../faults/table/table.ts';
import type { Evidence } from '../../harness/evidence/model.ts';
import { hasFailed } from '../../harness/evidence/verdict.ts';
import { isCutShort, type Matrix } from '../../kernels/matrix/results.ts';
import type { MutantReport } from '../../mutants/report.ts';
import type { SubjectsRun } from '../subjects/compared.ts';
import type { Checks } from './output.ts';

export interface Failure {
  /** Of the requirement, test, subject, case or guest. */
  readonly name: string;
  /** Its errors, the most telling lines first. */
  readonly lines: readonly string[];
}

export function failedRequirements({ requirements, checks }: Evidence): Failure[] {
  return [
    ...requirements.filter(hasFailed).map(({ id, verdict, failure = '' }) => ({
      name: `${id} is ${verdict}`,
      lines: failure.split('\n'),
    })),
    ...checks.failed.map(({ name, failure }) => ({ name, lines: failure.split('\n') })),
  ];
}

/** `evidenceOf`: the evidence of one subject's run, if it left any. */
export function failedSubjects(
  { subjects }: Pick<SubjectsRun, 'subjects'>,
  evidenceOf: (name: string) => Evidence | undefined,
): Failure[] {
  return subjects.flatMap(({ name, differences }) => {
    if (differences.length === 0) return [];
    const evidence = evidenceOf(name);
    const reasons = (evidence?.requirements ?? []).flatMap(({ id, failure, missing }) =>
      differences.some((difference) => difference.startsWith(`${id} `))
        ? (failure ?? missing ?? '').split('\n').slice(0, 4)
        : [],
    );
    return [{ name, lines: [...differences, ...reasons] }];
  });
}

export function failedFaults({ tables }: Pick<FaultReport, 'tables'>): Failure[] {
  return tables.flatMap(({ outcomes, cases }) => {
    const wrong = outcomes.filter(({ verdict }) => verdict === 'wrong').map(({ id }) => id);
    return cases
      .filter(({ outcome }) => wrong.includes(outcome))
      .map(({ id, outcome, problems, left, message }) => ({
        name: `${id}: ${outcome}`,
        lines: [...problems, ...left, ...message.split('\n')],
      }));
  });
}

export function failedMutants({ mutants }: Pick<MutantReport, 'mutants'>): Failure[] {
  return mutants
    .filter(({ outcome }) => outcome === 'survived' || outcome === 'failed')
    .map(({ name, outcome, said }) => ({ name: `${name}: ${outcome}`, lines: said.split('\n') }));
}

export function failedGuests({ columns }: Pick<Matrix, 'columns'>): Failure[] {
  return columns.flatMap((column) => {
    const { kernel, layout, outcome, reason } = column;
    const refuted = column.cells.filter(
      (cell) => cell.verdict === 'refuted' && !isCutShort(cell, column),
    );
    if (outcome === 'completed' && refuted.length === 0) return [];
    const lines = refuted.map((cell) => `${cell.id}: ${cell.reason}`);
    return [{ name: `${kernel}, cgroup ${layout}: ${outcome}`, lines: [reason, ...lines] }];
  });
}

export function failedChecks({ testResults }: Pick<Checks, 'testResults'>): Failure[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const tests = assertionResults
      .filter((test) => test.status === 'failed')
      .map(({ fullName, failureMessages }) => ({
        name: fullName,
        lines: failureMessages.flatMap((text) => text.split('\n')),
      }));
    return tests.length === 0 && status === 'failed'
      ? [{ name, lines: message.split('\n') }]
      : tests;
  });
}

/** From the first line that marks a failure (`✗`); without one, the end. */
export function failedInLog(log: string): Failure[] {
  const lines = log.split('\n').filter((line) => !/^npm (error|notice)|^> /.test(plain(line)));
  const first = lines.findIndex((line) => /^\s*✗/.test(plain(line)));
  return [{ name: 'the log', lines: first < 0 ? lines.slice(-16) : lines.slice(first) }];
}

/** At most `most` lines for all steps together; each has its share. */
export function summaryOf(
  steps: readonly { readonly step: string; readonly failures: readonly Failure[] }[],
  most: number,
): string[] {
  const share = Math.max(3, Math.floor(most / Math.max(1, steps.length)));
  return steps.flatMap(({ step, failures }) => {
    // The step's own line, and one for those that are left out.
    const shown = failures.slice(0, share - 2);
    const each = Math.floor((share - 2 - shown.length) / Math.max(1, shown.length));
    const left = failures.length - shown.length;
    return [
      `  ${step}`,
      ...shown.flatMap(({ name, lines }) => [
        `    ✗ ${cut(name)}`,
        ...lines
          .map(cut)
          .filter((line) => line.trim() !== '')
          .slice(0, each)
          .map((line) => `        ${line}`),
      ]),
      ...(left === 0 ? [] : [`    and ${left} more`]),
    ];
  });
}

const WIDTH = 160;

function plain(line: string): string {
  return stripVTControlCharacters(line);
}

function cut(line: string): string {
  return plain(line).slice(0, WIDTH);
}
