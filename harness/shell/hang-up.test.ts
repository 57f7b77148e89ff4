// No process started on a terminal outlives its shell.
import { expect, test } from 'vitest';
import { sameAsBefore, startOf } from '../observe/identity.ts';
import { hangUp } from './hang-up.ts';
import { Shell } from './shell.ts';

test('a program in the background ends with the terminal, another session does not', async () => {
  const shell = await new Shell({ title: 'sh', commandLine: ['sh'], env: { PS1: '$ ' } }).ready();
  const other = await new Shell({ title: 'sh', commandLine: ['sh'], env: { PS1: '$ ' } }).ready();
  try {
    const left = Number(await shell.type('sleep 60 >&- & echo $!'));
    const program = { pid: left, startTicks: startOf(left) };
    await shell.close();
    expect(sameAsBefore(program)).toBe(true);
    hangUp(shell.pid);
    await expect.poll(() => sameAsBefore(program)).toBe(false);
    expect(await other.type('echo alive')).toBe('alive');
  } finally {
    await shell.close();
    await other.close();
  }
});
