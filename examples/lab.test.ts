// The lab as a course's own project that imports the package.
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Evidence } from '../harness/evidence/model.ts';
import { readEvidence } from '../reports/write.ts';

const repository = join(import.meta.dirname, '..');
const project = mkdtempSync(join(tmpdir(), 'lab-'));

beforeAll(() => {
  cpSync(join(import.meta.dirname, 'lab'), project, { recursive: true });
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(repository, join(project, 'node_modules/terrarium'));
  symlinkSync(join(repository, 'node_modules/vitest'), join(project, 'node_modules/vitest'));
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

/** A program in place of ./jail. */
function program(name: string, ...lines: string[]): string {
  const path = join(project, name);
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
  return path;
}

async function verify(jail: string): Promise<{ exitCode: number | undefined; evidence: Evidence }> {
  const { exitCode } = await execa(
    process.execPath,
    [join(repository, 'node_modules/vitest/vitest.mjs'), 'run'],
    {
      cwd: project,
      reject: false,
      env: { ROOTFS: join(repository, 'fixtures/rootfs/out/default'), JAIL: jail, NO_COLOR: '1' },
    },
  );
  return { exitCode, evidence: readEvidence(join(project, 'out/evidence.json')) };
}

function verdicts({ requirements }: Evidence): Record<string, string> {
  return Object.fromEntries(requirements.map(({ id, verdict }) => [id, verdict]));
}

describe.skipIf(process.geteuid?.() !== 0)('a lab of its own (needs root)', () => {
  test('proves the program, under its own title and sentences', async () => {
    const { exitCode, evidence } = await verify(join(project, 'jail'));
    expect(verdicts(evidence)).toEqual({ 'LAB-01': 'proven', 'LAB-02': 'proven' });
    expect(exitCode).toBe(0);
    expect(evidence).toMatchObject({ title: 'Lab 3: a jail', subject: 'jail' });
    expect(evidence.sentences.map(({ key }) => key)).toEqual(['ps', 'root']);
    expect(evidence.requirements[0]?.observations[0]).toMatchObject({
      label: 'pid namespace',
      inside: expect.stringMatching(/^pid:\[\d+\]$/),
      host: expect.stringMatching(/^pid:\[\d+\]$/),
      control: expect.stringMatching(/^pid:\[\d+\]$/),
    });
  });

  test('refutes the one sentence that the program does not keep', async () => {
    const { exitCode, evidence } = await verify(program('shared', 'exec chroot "$1" /bin/sh'));
    expect(verdicts(evidence)).toEqual({ 'LAB-01': 'refuted', 'LAB-02': 'proven' });
    expect(exitCode).toBe(1);
  });

  test('does not call a sentence refuted when the program does not start', async () => {
    const { exitCode, evidence } = await verify(program('broken', 'echo no >&2', 'exit 3'));
    expect(verdicts(evidence)).toEqual({ 'LAB-01': 'set-up-failed', 'LAB-02': 'set-up-failed' });
    expect(exitCode).toBe(1);
  });
});
