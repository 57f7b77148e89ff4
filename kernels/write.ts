// Writes what a matrix leaves, side by side, and reads a baseline.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ktap, matrixCtrf, matrixJunit } from './formats.ts';
import { matrixPage } from './page.ts';
import { MATRIX_VERSION, type Matrix, type MatrixComparison } from './results.ts';

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
    'matrix.html': matrixPage(matrix, comparison),
  };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(directory, `${name}.part`), text);
    renameSync(join(directory, `${name}.part`), join(directory, name));
  }
  return join(directory, 'matrix.html');
}

/** Throws with one line for a file that is none of ours. */
export function readMatrix(path: string): Matrix {
  if (!existsSync(path))
    throw new Error(`there is no baseline ${path}: make one with --save-baseline`);
  const read: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (isMatrix(read)) return read;
  throw new Error(`${path} is not a matrix of this version`);
}

function isMatrix(value: unknown): value is Matrix {
  return (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    value.version === MATRIX_VERSION &&
    'columns' in value &&
    Array.isArray(value.columns)
  );
}
