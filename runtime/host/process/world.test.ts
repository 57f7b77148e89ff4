// Numbers of another world: another boot, another PID namespace, a shifted clock.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { identityOf, shiftOf } from './process.ts';
import { ownWorld, placeOf, processView } from './world.ts';

const MODULE = new URL('./process.ts', import.meta.url).href;

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
