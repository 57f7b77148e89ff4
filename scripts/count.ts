// The last line of a continuous-integration run, counted from what it left: `N passed, N failed, N skipped`.
// count.ts SINCE EVIDENCE MATRIX: exits non-zero when something failed, nothing ran, a guest died, or a file is not from after SINCE
// (seconds since 1970). MATRIX is matrix.json of the guests; without it only the host is counted.
import { readFileSync } from 'node:fs';
import type { Matrix } from '../kernels/results.ts';
import type { Evidence } from '../reports/model.ts';

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

const [since = '', evidence = '', matrix] = process.argv.slice(2);
const host = ofHost(read<Evidence>('evidence', evidence, since));
const count =
  matrix === undefined ? host : sum(host, ofGuests(read<Matrix>('matrix', matrix, since)));
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
if (count.failed > 0) process.exitCode = 1;
