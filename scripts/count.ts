// The last line of a continuous-integration run, counted from what it left: `N passed, N failed, N
// skipped`. count.ts SINCE [--evidence FILE] [--matrix FILE] [--faults FILE]: counts what is named.
// Exits non-zero when something failed, nothing ran, a guest died, or a file is not from after
// SINCE (seconds since 1970).
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { FaultReport } from '../faults/table.ts';
import type { Evidence } from '../harness/evidence/model.ts';
import type { Matrix } from '../kernels/results.ts';

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const NOTHING: Count = { passed: 0, failed: 1, skipped: 0 };

/** What a run left, unless it is not there or of an earlier one: then why, on standard error. */
function read<T extends { readonly startedAt: string }>(
  what: string,
  file: string,
  since: string,
): T | undefined {
  try {
    const found: T = JSON.parse(readFileSync(file, 'utf8'));
    if (Date.parse(found.startedAt) >= Number(since) * 1000) return found;
    console.error(`terrarium: the ${what} is of an earlier run (${found.startedAt})`);
  } catch (error) {
    console.error(`terrarium: no ${what} of this run: ${String(error)}`);
  }
  return undefined;
}

/** A verdict that is neither proven nor not provable is no pass, whatever it is. */
function ofVerdicts(verdicts: readonly string[]): Count {
  const passed = verdicts.filter((verdict) => verdict === 'proven').length;
  const skipped = verdicts.filter((verdict) => verdict === 'not-proven-here').length;
  return { passed, skipped, failed: verdicts.length - passed - skipped };
}

function ofHost(evidence: Evidence | undefined): Count {
  if (evidence === undefined) return NOTHING;
  const { passed, skipped, failed } = evidence.checks;
  const verdicts = ofVerdicts(evidence.requirements.map(({ verdict }) => verdict));
  const count = {
    passed: verdicts.passed + passed,
    failed: verdicts.failed + failed.length,
    skipped: verdicts.skipped + skipped,
  };
  return count.passed === 0 && count.failed === 0 ? NOTHING : count;
}

/** A guest that died without a red cell is red all the same. */
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

/** A hang, an abort or something left is a failure; what Node or sh ended themselves is skipped. */
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

const { values, positionals } = parseArgs({
  options: {
    evidence: { type: 'string' },
    matrix: { type: 'string' },
    faults: { type: 'string' },
  },
  allowPositionals: true,
});
const [since = ''] = positionals;
const { evidence, matrix, faults } = values;
const counts = [
  ...(evidence === undefined ? [] : [ofHost(read<Evidence>('evidence', evidence, since))]),
  ...(matrix === undefined ? [] : [ofGuests(read<Matrix>('matrix', matrix, since))]),
  ...(faults === undefined ? [] : [ofFaults(read<FaultReport>('fault table', faults, since))]),
];
const { passed, failed, skipped } = counts.reduce(sum, { passed: 0, failed: 0, skipped: 0 });
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
if (failed > 0) process.exitCode = 1;
