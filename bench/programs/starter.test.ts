import { dirname } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { buildProgram } from './build.ts';
import { Starter } from './starter.ts';

const program = buildProgram(dirname(dirname(import.meta.dirname)), 'starter');
const starter = new Starter(program, '/');
afterAll(() => starter.close());

const sh = (script: string) => ({ argv: ['sh', '-c', script] });

test('says when a program started, printed and ended, what it printed, and its code', async () => {
  const started = starter.start('speaks', sh('echo a; echo ready; echo b >&2; printf c; exit 3'));
  await started.until('exit', 5000);
  expect(started.code).toBe(3);
  expect(started.out).toEqual(['a', 'b', 'c']);
  expect(started.took('line')).toBeGreaterThan(0);
  expect(started.took('exit')).toBeGreaterThanOrEqual(started.took('line'));
});

test('ends what does not end, and names what cannot be executed', async () => {
  const sleeping = starter.start('sleeps', sh('echo ready; exec sleep 60'));
  await sleeping.until('line', 5000);
  await sleeping.end();
  expect(sleeping.code).toBe(128 + 15);
  const missing = starter.start('missing', { argv: ['/no/program'] });
  await expect(missing.until('line', 5000)).rejects.toThrow(
    'ended with 127 before its first line: No such file or directory',
  );
});

test('goes on while others hold the output of programs that have ended', async () => {
  for (let run = 0; run < 150; run++) {
    const started = starter.start(`leaves-${run}`, sh('sleep 0.002 & echo ready'));
    await started.until('exit', 5000);
  }
});
