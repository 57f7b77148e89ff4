// The last line of a continuous-integration run, counted from its output files:
// `N passed, N failed, N skipped`.
import { parseArgs } from 'node:util';
import type { FaultReport } from '../../faults/table/table.ts';
import type { Evidence } from '../../harness/evidence/model.ts';
import type { Matrix } from '../../kernels/matrix/results.ts';
import type { MutantReport } from '../../mutants/report.ts';
import { falls } from '../../mutants/score.ts';
import { scoreOf } from '../../reports/runs/mutants.ts';
import type { SubjectsRun } from '../subjects/compared.ts';
import { type Asked, type Checks, readOutput, type Started } from './output.ts';

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const NOTHING: Count = { passed: 0, failed: 1, skipped: 0 };

/** The count of a file; none if the caller names no file. */
function counted<T extends Started>(
  what: string,
  file: string | undefined,
  asked: Asked,
  countOf: (found: T | undefined) => Count,
): Count[] {
  return file === undefined ? [] : [countOf(readOutput<T>(what, file, asked))];
}

/** Any verdict except *proven* and *not proven here* is a failure. */
function ofVerdicts(verdicts: readonly string[]): Count {
  const passed = verdicts.filter((verdict) => verdict === 'proven').length;
  const skipped = verdicts.filter((verdict) => verdict === 'not-proven-here').length;
  return { passed, skipped, failed: verdicts.length - passed - skipped };
}

/**
 * A requirement that several runs proved, on the executable and on the sources, counts once, with
 * its worst verdict; a missing run fails once.
 */
function ofHost(runs: readonly (Evidence | undefined)[]): Count[] {
  const found = runs.filter((evidence) => evidence !== undefined);
  const missing = runs.filter((evidence) => evidence === undefined).map(() => NOTHING);
  return [...missing, ...(found.length === 0 ? [] : [ofEvidence(found)])];
}

/** 0 for proven, 1 for not proven here, 2 for any failure. */
const badness = (verdict: string) =>
  verdict === 'proven' ? 0 : verdict === 'not-proven-here' ? 1 : 2;

function ofEvidence(runs: readonly Evidence[]): Count {
  const worst = new Map<string, string>();
  for (const { id, verdict } of runs.flatMap(({ requirements }) => requirements))
    if (badness(verdict) >= badness(worst.get(id) ?? 'proven')) worst.set(id, verdict);
  const count = runs
    .map(({ checks: { passed, failed, skipped } }) => ({ passed, skipped, failed: failed.length }))
    .reduce(sum, ofVerdicts([...worst.values()]));
  return count.passed === 0 && count.failed === 0 ? NOTHING : count;
}

/** A guest that died is a failure even without a red cell. */
function ofGuests(matrix: Matrix | undefined): Count {
  if (matrix === undefined || matrix.columns.length === 0) return NOTHING;
  return matrix.columns
    .map(({ cells, outcome }) => {
      const count = ofVerdicts(cells.map(({ verdict }) => verdict));
      return count.failed === 0 && (outcome !== 'completed' || count.passed === 0)
        ? { ...count, failed: 1 }
        : count;
    })
    .reduce(sum);
}

function sum(a: Count, b: Count): Count {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

/** A hang, an abort or a leftover is a failure; failures of Node or sh themselves are skipped. */
function ofFaults(report: FaultReport | undefined): Count {
  if (report === undefined || report.tables.length === 0) return NOTHING;
  return report.tables
    .map(({ outcomes, cases }) => {
      const verdicts = new Map(outcomes.map(({ id, verdict }) => [id, verdict]));
      const count = (wanted: string) =>
        cases.filter(({ outcome }) => verdicts.get(outcome) === wanted).length;
      return { passed: count('right'), skipped: count('apart'), failed: count('wrong') };
    })
    .reduce(sum);
}

/** A file that does not load fails without a failed test. */
function ofChecks(checks: Checks | undefined): Count {
  if (checks === undefined || checks.numPassedTests === 0) return NOTHING;
  return {
    passed: checks.numPassedTests,
    failed: Math.max(checks.numFailedTests, checks.success ? 0 : 1),
    skipped: checks.numPendingTests,
  };
}

/** One for each subject: as expected, or not. */
function ofSubjects(run: SubjectsRun | undefined): Count {
  if (run === undefined || run.subjects.length === 0) return NOTHING;
  const failed = run.subjects.filter(({ differences }) => differences.length > 0).length;
  return { passed: run.subjects.length - failed, failed, skipped: 0 };
}

/** Survivors are skipped if the score is high enough. */
function ofMutants(report: MutantReport | undefined): Count {
  if (report === undefined || report.mutants.length === 0) return NOTHING;
  const { noticed, counted } = scoreOf(report.mutants);
  const untried = report.mutants.filter(({ outcome }) => outcome === 'failed').length;
  const survived = counted - noticed;
  return falls(report.mutants)
    ? { passed: noticed, failed: survived + untried, skipped: 0 }
    : { passed: noticed, failed: 0, skipped: survived };
}

const OPTIONS = {
  evidence: { type: 'string', multiple: true },
  matrix: { type: 'string' },
  faults: { type: 'string' },
  package: { type: 'string' },
  platforms: { type: 'string' },
  subjects: { type: 'string' },
  mutants: { type: 'string' },
} as const;

/**
 * Counts the named files: `SINCE [--evidence FILE]… [--matrix FILE] …`. Fails if something failed,
 * nothing ran, a guest died, or a run began before SINCE (seconds since 1970).
 */
export function countLine(args: string[], say: Asked['say']): { line: string; fails: boolean } {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  const asked = { since: Number(positionals[0] ?? ''), say };
  const counts = [
    ...ofHost(values.evidence?.map((file) => readOutput<Evidence>('evidence', file, asked)) ?? []),
    ...counted('matrix', values.matrix, asked, ofGuests),
    ...counted('fault table', values.faults, asked, ofFaults),
    ...counted('checks of the package', values.package, asked, ofChecks),
    ...counted('checks on other platforms', values.platforms, asked, ofChecks),
    ...counted('run on other subjects', values.subjects, asked, ofSubjects),
    ...counted('proof score', values.mutants, asked, ofMutants),
  ];
  const { passed, failed, skipped } = counts.reduce(sum, { passed: 0, failed: 0, skipped: 0 });
  return { line: `${passed} passed, ${failed} failed, ${skipped} skipped`, fails: failed > 0 };
}
