// What a guest leaves on the host: evidence, if there is any; its report and its logs beside the
// matrix.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evidence } from '../../harness/evidence/model.ts';
import { readEvidence, writeReport } from '../../reports/write.ts';
import { type Column, columnName } from '../fetch/catalogue.ts';
import { PATHS } from '../fetch/paths.ts';
import { FILES } from '../guest/command.ts';
import type { Outcome } from '../guest/outcome.ts';

/** What the guest sent as its evidence, if that is whole. */
export function evidenceIn(results: string): Evidence | undefined {
  const path = join(results, 'evidence.json');
  try {
    return existsSync(path) ? readEvidence(path) : undefined;
  } catch {
    // Half of a file, as a full disk leaves it, is none.
    return undefined;
  }
}

/** Why a guest that came to its end left no evidence, in words. */
export function noEvidence(directory: string): Outcome {
  const log = readOr(join(directory, FILES.progress));
  if (/No space left on device|ENOSPC/.test(log))
    return {
      kind: 'disk-full',
      reason: 'the guest’s disk was full: the evidence could not be kept',
    };
  const last = log.trimEnd().split('\n').slice(-3).join(' / ');
  return { kind: 'no-results', reason: `the specs ended without evidence: ${last.slice(0, 300)}` };
}

/** The column's own report, and its console log, beside the matrix. */
export async function publish(
  column: Column,
  directory: string,
  evidence: Evidence | undefined,
): Promise<{ page?: string; console: string }> {
  const near = `matrix/${columnName(column).replace('/', '-')}`;
  const place = join(PATHS.report, near);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const text = ['console', 'progress']
    .map((name) => readOr(join(directory, FILES[name === 'console' ? 'console' : 'progress'])))
    .join('\n--- specs ---\n');
  writeFileSync(join(place, 'console.log'), text);
  const kernelLog = join(directory, 'sent/dmesg.txt');
  if (existsSync(kernelLog)) copyFileSync(kernelLog, join(place, 'dmesg.txt'));
  if (evidence === undefined) return { console: `${near}/console.log` };
  await writeReport(place, evidence);
  return { page: `${near}/report.html`, console: `${near}/console.log` };
}

export function readOr(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
