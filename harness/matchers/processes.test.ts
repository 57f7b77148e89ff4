// What ps prints must be what the kernel shows of the PID namespace, no more and no less.
import { expect, test } from 'vitest';
import './index.ts';
import { plainBox } from './plain-box.ts';

const apart = ['unshare', '--pid', '--fork', '--kill-child'];

test('a PID namespace with its own /proc', async ({ task }) => {
  const box = await plainBox(task, [...apart, '--mount-proc']);
  await box.type('sleep 60 &');
  await expect(box).toBeProcess1();
  await expect(box).toSeeOnlyItsOwnProcesses();
  await expect(expect(box).toSeeProcess(process.pid)).rejects.toThrow('not among them');
});

test('a shell that sees the host’s processes, or says that it does not', async ({ task }) => {
  const free = await plainBox(task);
  await expect(free).toSeeProcess(process.pid);
  await expect(free).not.toBeProcess1();
  await expect(free).not.toSeeOnlyItsOwnProcesses();
  const withHosts = await plainBox(task, apart);
  await expect(withHosts).toBeProcess1();
  await expect(expect(withHosts).toSeeOnlyItsOwnProcesses()).rejects.toThrow('that ps lists');
  const lying = await plainBox(task, apart, { ps: 'printf "PID COMMAND\\n 1 sh\\n" #' });
  await expect(expect(lying).toSeeOnlyItsOwnProcesses()).rejects.toThrow('in its /proc');
});

test('a ps that leaves one out', async ({ task }) => {
  const lies = { ps: 'printf "PID COMMAND\\n 1 sh\\n" #' };
  const box = await plainBox(task, [...apart, '--mount-proc'], lies);
  await expect(box).toSeeOnlyItsOwnProcesses();
  await box.type('sleep 60 &');
  await expect(expect(box).toSeeOnlyItsOwnProcesses()).rejects.toThrow('that ps lists is not 1 ');
});
