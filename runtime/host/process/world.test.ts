// Numbers of another world: another boot, another PID namespace, a shifted clock.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { identityOf, shiftOf } from './process.ts';
import { ownWorld, placeOf, processView, seesAllProcesses } from './world.ts';

const MODULE = new URL('./process.ts', import.meta.url).href;
const WORLD = new URL('./world.ts', import.meta.url).href;

describe('processes of a world', () => {
  const own = ownWorld();

  it('have the same numbers in the same boot and namespaces', () => {
    expect(processView(ownWorld())).toEqual({ kind: 'same' });
  });

  it('are over with their boot', () => {
    expect(processView({ ...own, bootId: 'another' })).toEqual({ kind: 'over', rebooted: true });
  });

  it('are over with their PID namespace, if we can see that nothing is in it', () => {
    const gone = processView({ ...own, pidNamespace: '4:1' });
    expect([{ kind: 'over', rebooted: false }, { kind: 'other' }]).toContainEqual(gone);
  });

  it.skipIf(process.geteuid?.() !== 0 || !seesAllProcesses())(
    'are not over where a process may be in it (needs root and the first PID namespace)',
    async () => {
      const source = `import { ownWorld, processView } from '${WORLD}';
        console.log(processView({ ...ownWorld(), pidNamespace: '4:1' }).kind)`;
      const view = (program: string, ...options: string[]) =>
        spawnSync(program, [...options, process.execPath, '--input-type=module', '-e', source], {
          encoding: 'utf8',
        }).stdout.trim();
      const waiting = ['sh', '-c', 'echo; read x'];
      const below = spawn('unshare', ['--pid', '--fork', '--kill-child', ...waiting]);
      onTestFinished(() => void below.kill('SIGKILL'));
      await once(below.stdout, 'data');
      // It has a capability that the viewer lacks, and so does not show its namespace.
      expect(view('setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace')).toBe('other');
      expect(view('env')).toBe('over');
    },
  );
});

describe('a start time', () => {
  it('is shifted by the boot clock of a time namespace', () => {
    expect(shiftOf('monotonic           0         0\nboottime       100000         0\n')).toBe(
      10_000_000n,
    );
    expect(shiftOf('monotonic 0 0\nboottime -3 500000000\n')).toBe(-250n);
    expect(shiftOf('')).toBe(0n);
  });

  it.skipIf(process.geteuid?.() !== 0 || placeOf('/proc/self/ns/time') === '')(
    'is the same by every clock (needs root and time namespaces)',
    () => {
      const source = `import { identityOf } from '${MODULE}';
        console.log(identityOf(${process.pid}).startTime)`;
      const args = ['--input-type=module', '--eval', source];
      const { stdout } = spawnSync(
        'unshare',
        ['--time', '--boottime', '100000', '--fork', process.execPath, ...args],
        { encoding: 'utf8' },
      );
      const own = Number(identityOf(process.pid)?.startTime);
      expect(Math.abs(Number(stdout) - own)).toBeLessThanOrEqual(1);
    },
  );
});
