// Two processes are compared line by line, and only differing lines are named.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { confinementOf, differences } from './confinement.ts';

/** Runs a command until `body` has examined its process. */
async function whileRunning(command: string, body: (pid: number) => void): Promise<void> {
  const child = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  try {
    body(child.pid ?? -1);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

const WAITS = 'echo ready; exec sleep 60';

test('a child of this process is confined as this process is', async () => {
  await whileRunning(WAITS, (pid) => {
    expect(differences(confinementOf(pid), confinementOf(process.pid))).toBe('none');
  });
});

test('a namespace, a umask and a missing capability are each named', async () => {
  const own = confinementOf(process.pid);
  const cases = [
    [`exec unshare --uts sh -c 'echo ready; exec sleep 60'`, 'uts namespace'],
    [`umask 007; ${WAITS}`, 'Umask'],
    [`exec setpriv --bounding-set=-net_raw sh -c '${WAITS}'`, /^(CapPrm, CapEff, )?CapBnd$/],
  ] as const;
  for (const [command, named] of cases)
    await whileRunning(command, (pid) => {
      expect(differences(confinementOf(pid), own)).toMatch(named);
    });
});
