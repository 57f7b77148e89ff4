import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ageOf } from './find.ts';

test('a program older than a year is said to be, a newer one is not', () => {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-find-'));
  try {
    const program = join(directory, 'peer');
    writeFileSync(program, '');
    const built = new Date('2024-05-17T00:00:00Z');
    utimesSync(program, built, built);
    const after = (days: number) => built.getTime() + days * 86_400_000;
    expect(ageOf(program, after(364))).toBeUndefined();
    expect(ageOf(program, after(366))).toBe('built 2024-05, more than a year ago');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
