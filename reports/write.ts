// Writes a run's files side by side: evidence.json, its schema, the page, JUnit XML and CTRF.
// Refuses evidence that is not of its schema.
import { chownSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import type { Evidence } from '../harness/evidence/model.ts';
import { ctrf } from './ctrf.ts';
import { junit } from './junit.ts';
import { render } from './render/page.ts';
import { readFaults } from './runs/faults.ts';
import { readMutants } from './runs/mutants.ts';
import { evidenceSchema } from './schema.ts';

const isEvidence = new Ajv({ allErrors: true }).compile<Evidence>(evidenceSchema());

const MOST_PROBLEMS = 5;

/** Throws with the first places where `value` is not an `Evidence`, and how many there are. */
export function checkEvidence(value: unknown): Evidence {
  if (isEvidence(value)) return value;
  const problems = (isEvidence.errors ?? []).map(
    ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
  );
  const more = problems.length - MOST_PROBLEMS;
  const shown = problems.slice(0, MOST_PROBLEMS).concat(more > 0 ? `and ${more} more` : []);
  throw new Error(`not evidence of this version: ${shown.join('; ')}`);
}

/**
 * Reads an evidence.json whole, of a baseline for instance.
 *
 * @throws Error with the path when it cannot be read, is not JSON, or not of the schema.
 */
export function readEvidence(path: string): Evidence {
  try {
    return checkEvidence(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    const what = cause instanceof SyntaxError ? `not JSON: ${cause.message}` : String(cause);
    throw new Error(`${path}: ${what.replace(/^Error: /, '')}`, { cause });
  }
}

/** Returns the path of the page. The files belong to who called sudo, if anybody did. */
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

/** Whole or not at all: a report that is open in a browser is never half of one. */
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
