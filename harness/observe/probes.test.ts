import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Probes, sumOf } from './probes.ts';

const directory = mkdtempSync(join(tmpdir(), 'probes-'));
const sums = join(directory, 'SHA256SUMS');
const honest = '#!/bin/sh\necho honest\n';
const file = join(directory, 'probe');

afterAll(() => rmSync(directory, { recursive: true }));

test('programs run on the host stay the same when a container replaces them', () => {
  writeFileSync(file, honest, { mode: 0o755 });
  writeFileSync(sums, `${sumOf(Buffer.from(honest))}  probe\n`);
  const probes = new Probes({ directory, sums });
  const path = probes.path('probe');
  expect(execFileSync(path, { encoding: 'utf8' })).toBe('honest\n');
  writeFileSync(file, '#!/bin/sh\necho lie\n');
  expect(probes.path('probe')).toBe(path);
  expect(execFileSync(path, { encoding: 'utf8' })).toBe('honest\n');
});

test('a program that was exchanged before is an error that names it', () => {
  writeFileSync(file, '#!/bin/sh\necho lie\n');
  expect(() => new Probes({ directory, sums }).path('probe')).toThrow(
    `not the built program: probe in ${directory}`,
  );
  // Nor one that the build does not know.
  writeFileSync(join(directory, 'other'), honest);
  expect(() => new Probes({ directory, sums }).path('other')).toThrow('not the built program');
});

test('without sums a program is used as it is at the first request', () => {
  writeFileSync(file, honest);
  const probes = new Probes({ directory });
  const path = probes.path('probe');
  writeFileSync(file, '#!/bin/sh\necho lie\n');
  expect(execFileSync(path, { encoding: 'utf8' })).toBe('honest\n');
  expect(() => probes.path('missing')).toThrow('ENOENT');
});
