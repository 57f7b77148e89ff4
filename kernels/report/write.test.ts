// A baseline is read whole before guests are started: what is wrong with it costs no half hour.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readMatrix } from './write.ts';

function read(text: string) {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-matrix-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'matrix.json'), text);
  return readMatrix(join(directory, 'matrix.json'));
}

const cells = [{ id: 'NS-01', verdict: 'proven', reason: '', durationMs: 3 }];
const matrix = { version: 1, columns: [{ kernel: 'debian-6.1', layout: 'v2', cells }] };

test('a matrix is a baseline', () => {
  expect(read(JSON.stringify(matrix)).columns).toHaveLength(1);
});

test.each([
  ['a cut one', JSON.stringify(matrix).slice(0, -9), 'not JSON'],
  ['another version', JSON.stringify({ ...matrix, version: 0 }), 'version'],
  ['columns that are none', '{"version":1,"columns":[3]}', 'columns.0'],
  [
    'a verdict that is none',
    JSON.stringify(matrix).replace('proven', 'green'),
    'columns.0.cells.0.verdict',
  ],
])('%s is refused, with the place', (_, text, place) => {
  expect(() => read(text)).toThrow(place);
});
