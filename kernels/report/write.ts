// Writes what a matrix leaves, side by side, and reads a baseline.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import {
  MATRIX_VERSION,
  type Matrix,
  type MatrixBaseline,
  type MatrixComparison,
} from '../matrix/results.ts';
import { ktap, matrixCtrf, matrixJunit } from './formats.ts';
import { kcidb } from './kcidb.ts';
import { matrixPage } from './page.ts';

/** Answers the path of the page. */
export function writeMatrix(
  directory: string,
  matrix: Matrix,
  comparison: MatrixComparison | undefined,
): string {
  mkdirSync(directory, { recursive: true });
  const files = {
    'matrix.json': `${JSON.stringify(matrix, null, 1)}\n`,
    'matrix.junit.xml': matrixJunit(matrix),
    'matrix.ctrf.json': matrixCtrf(matrix),
    'matrix.ktap': ktap(matrix),
    'matrix.kcidb.json': kcidb(matrix),
    'matrix.html': matrixPage(matrix, comparison),
  };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(directory, `${name}.part`), text);
    renameSync(join(directory, `${name}.part`), join(directory, name));
  }
  return join(directory, 'matrix.html');
}

/** Throws with one line for a file that is none of ours, or not whole. */
export function readMatrix(path: string): MatrixBaseline {
  if (!existsSync(path))
    throw new Error(`there is no baseline ${path}: make one with --save-baseline`);
  const result = v.safeParse(BaselineSchema, json(path));
  if (result.success) return result.output;
  const [{ path: place, message }] = result.issues;
  const at = place?.map(({ key }) => String(key)).join('.') ?? 'the whole';
  throw new Error(`${path}: not a matrix.json of this version: ${at}: ${message}`);
}

/** What of a matrix is compared with, down to the last cell. */
const BaselineSchema = v.object({
  version: v.literal(MATRIX_VERSION),
  columns: v.array(
    v.object({
      kernel: v.string(),
      layout: v.picklist(['v1', 'v2', 'hybrid', 'none']),
      cells: v.array(
        v.object({
          id: v.string(),
          verdict: v.picklist(['proven', 'refuted', 'not-proven-here']),
        }),
      ),
    }),
  ),
});

function json(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`${path}: not JSON; a baseline is the matrix.json of another run`, { cause });
  }
}
