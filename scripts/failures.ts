// failures.ts SINCE STEP…: names what failed in these steps of continuous integration, with the
// first lines of each error, in at most 60 lines. Printed last, since logs are cut at the front.
// Ignores output files older than SINCE (seconds since 1970).
import { readFileSync } from 'node:fs';
import type { FaultReport } from '../faults/table/table.ts';
import type { Evidence } from '../harness/evidence/model.ts';
import type { Matrix } from '../kernels/matrix/results.ts';
import type { MutantReport } from '../mutants/report.ts';
import {
  type Failure,
  failedChecks,
  failedFaults,
  failedGuests,
  failedInLog,
  failedMutants,
  failedRequirements,
  failedSubjects,
  summaryOf,
} from './ci/failed.ts';
import { type Checks, readOutput, type Started } from './ci/output.ts';
import type { SubjectsRun } from './subjects/compared.ts';

const MOST_LINES = 60;
const OUT = 'reports/out';

const [since = '0', ...steps] = process.argv.slice(2);

const read = <T extends Started>(file: string) =>
  readOutput<T>('output', `${OUT}/${file}`, { since: Number(since), say: () => {} });

function from<T extends Started>(file: string, failuresOf: (found: T) => Failure[]): Failure[] {
  const found = read<T>(file);
  return found === undefined ? [] : failuresOf(found);
}

const evidenceOf = (name: string) => read<Evidence>(`subjects/${name}/evidence.json`);

const FILES: Readonly<Record<string, () => Failure[]>> = {
  verify: () => from<Evidence>('evidence.json', failedRequirements),
  test: () => from<Evidence>('test/evidence.json', failedRequirements),
  subjects: () => from<SubjectsRun>('subjects.json', (run) => failedSubjects(run, evidenceOf)),
  faults: () => from<FaultReport>('faults.json', failedFaults),
  load: () => from<FaultReport>('faults.json', failedFaults),
  mutants: () => from<MutantReport>('mutants.json', failedMutants),
  matrix: () => from<Matrix>('matrix.json', failedGuests),
  package: () => from<Checks>('package.json', failedChecks),
  platforms: () => from<Checks>('platforms.json', failedChecks),
};

function ofLog(step: string): Failure[] {
  try {
    return failedInLog(readFileSync(`build/logs/ci-${step}.log`, 'utf8'));
  } catch {
    return [];
  }
}

const found = steps.map((step) => {
  const failures = FILES[step]?.() ?? [];
  return { step, failures: failures.length > 0 ? failures : ofLog(step) };
});
console.log(['Failed:', ...summaryOf(found, MOST_LINES - 1)].join('\n'));
