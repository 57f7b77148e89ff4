// A job that cannot run in a guest is refused before any guest is started.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { jobOf } from './job.ts';

function program() {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-job-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 't'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(directory, 'data'), Buffer.alloc(30 << 20));
  return { command: './t', files: ['data'], directory };
}

test('specs, or a program with its time', () => {
  const exec = program();
  const common = { only: ['NS-01'], timeoutS: undefined, memoryMiB: 2048 };
  expect(jobOf({ ...common, exec: undefined })).toMatchObject({
    ...{ kind: 'specs', selection: { ids: ['NS-01'] } },
  });
  expect(jobOf({ ...common, exec })).toMatchObject({ kind: 'exec', limitS: 300 });
  expect(jobOf({ ...common, exec, timeoutS: 7 })).toMatchObject({ limitS: 7 });
});

test('files that a guest has no room for are refused with the memory they need', () => {
  const options = { only: [], timeoutS: undefined, exec: program() };
  expect(() => jobOf({ ...options, memoryMiB: 100 })).toThrow(
    expect.objectContaining({
      message: expect.stringContaining('31 MiB, too much for a guest of 100 MiB'),
      hint: 'give guests more: --memory 155',
    }),
  );
  expect(jobOf({ ...options, memoryMiB: 155 }).kind).toBe('exec');
});
