// The last line of a continuous-integration run, counted from the evidence that it left: `N passed, N failed, N skipped`.
// count.ts FILE SINCE: exits non-zero when something failed, nothing ran, or FILE is not from after SINCE (seconds since 1970).
import { readFileSync } from 'node:fs';
import type { Evidence } from '../reports/model.ts';

function read(file: string): Evidence | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error(`terrarium: no evidence of this run: ${String(error)}`);
    return undefined;
  }
}

const [file = '', since = ''] = process.argv.slice(2);
const evidence = read(file);
const fresh = evidence !== undefined && Date.parse(evidence.startedAt) >= Number(since) * 1000;
if (evidence !== undefined && !fresh) console.error(`terrarium: the evidence is of an earlier run (${evidence.startedAt})`);

if (evidence === undefined || !fresh) {
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
} else {
  const verdicts = evidence.requirements.map((requirement) => requirement.verdict);
  const passed = verdicts.filter((verdict) => verdict === 'proven').length + evidence.checks.passed;
  const skipped = verdicts.filter((verdict) => verdict === 'not-proven-here').length + evidence.checks.skipped;
  // A verdict that is neither is no pass.
  const failed = verdicts.length + evidence.checks.passed + evidence.checks.skipped - passed - skipped + evidence.checks.failed.length;
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
}
