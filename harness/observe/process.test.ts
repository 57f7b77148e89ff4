// A container's processes are found, with any PIDs.
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';

// Sets the next PID in a PID namespace of its own, since others use the host's.
const program = `
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { eventually, Host } from '${join(import.meta.dirname, 'process.ts')}';
const start = (after, ...command) => {
  writeFileSync('/proc/sys/kernel/ns_last_pid', String(after));
  return spawn(command[0], command.slice(1), { stdio: ['pipe', 'ignore', 'inherit'] });
};
const first = start(2000, 'unshare', '--pid', '--fork', '--kill-child', 'sleep', '60');
const host = new Host(2002);
await eventually('it sleeps', () => host.runs() && host.programs()[0]?.command === 'sleep 60');
start(1000, 'nsenter', '-t', '2002', '-p', 'sleep', '61');
await host.executes('sleep 61');
console.log(JSON.stringify(host.programs().map(({ command }) => command)));
first.kill('SIGKILL');
process.exit();
`;

test.runIf(process.geteuid?.() === 0)('the first one comes first, after a wrap too', async () => {
  const unshare = ['--pid', '--fork', '--mount-proc', '--kill-child'];
  const node = [process.execPath, '--input-type=module', '--eval', program];
  const { stdout } = await execa('unshare', [...unshare, ...node], { timeout: 30_000 });
  expect(JSON.parse(stdout)).toEqual(['sleep 60', 'sleep 61']);
});
