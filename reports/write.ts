// Writes a run's files: evidence.json, its schema, the page, JUnit XML and CTRF. Refuses evidence
// that does not match the schema.
import { chownSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { Evidence } from '../harness/evidence/model.ts';
import { ctrf } from './ctrf.ts';
import { junit } from './junit.ts';
import { render } from './render/page.ts';
import { readFaults } from './runs/faults.ts';
import { readMutants } from './runs/mutants.ts';
import { evidenceSchema } from './schema.ts';

const MOST_PROBLEMS = 5;

/** @throws Error with the first mismatches of `value` with `Evidence`, and their number. */
export function checkEvidence(value: unknown): Evidence {
  const { success, output, issues = [] } = v.safeParse(Evidence, value);
  if (success) return output;
  const problems = issues.map(mismatch);
  const more = problems.length - MOST_PROBLEMS;
  const shown = problems.slice(0, MOST_PROBLEMS).concat(more > 0 ? `and ${more} more` : []);
  throw new Error(`not evidence of this version: ${shown.join('; ')}`);
}

function mismatch({ path, expected, received, input }: v.BaseIssue<unknown>): string {
  const place = (path ?? []).map(({ key }) => `/${key}`).join('') || '/';
  if (expected === 'never') return `${place} is unknown`;
  return `${place} ${input === undefined ? 'is missing' : `must be ${expected}, not ${received}`}`;
}

/**
 * Reads a complete evidence.json, for example of a baseline.
 *
 * @throws Error with the path if it cannot be read, is not JSON, or does not match the schema.
 */
export function readEvidence(path: string): Evidence {
  try {
    return checkEvidence(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    const what = cause instanceof SyntaxError ? `not JSON: ${cause.message}` : String(cause);
    throw new Error(`${path}: ${what.replace(/^Error: /, '')}`, { cause });
  }
}

/** Returns the path of the page. Under sudo the files belong to the calling user. */
export async function writeReport(
  directory: string,
  evidence: Evidence,
  baseline?: Evidence,
): Promise<string> {
  checkEvidence(evidence);
  mkdirSync(directory, { recursive: true });
  const page = await render(evidence, {
    baseline,
    faults: readFaults(directory),
    mutants: readMutants(directory),
  });
  const files = {
    'evidence.json': `${JSON.stringify(evidence, null, 1)}\n`,
    'evidence.schema.json': schemaText(),
    'junit.xml': junit(evidence),
    'ctrf.json': ctrf(evidence),
    'report.html': page,
  };
  for (const [name, text] of Object.entries(files)) put(join(directory, name), text);
  giveToCaller(directory);
  return join(directory, 'report.html');
}

function schemaText(): string {
  return `${JSON.stringify(evidenceSchema(), null, 2)}\n`;
}

/** Writes atomically, so a browser never reads half a report. */
function put(path: string, text: string): void {
  writeFileSync(`${path}.part`, text);
  giveToCaller(`${path}.part`);
  renameSync(`${path}.part`, path);
}

function giveToCaller(path: string): void {
  const { SUDO_UID, SUDO_GID } = process.env;
  if (SUDO_UID !== undefined && SUDO_GID !== undefined)
    chownSync(path, Number(SUDO_UID), Number(SUDO_GID));
}
