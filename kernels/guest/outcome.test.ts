// Each way in which a guest can end has its own outcome and a reason.
import { describe, expect, it } from 'vitest';
import { outcomeOf, type Remains } from './outcome.ts';

const READY = 'terrarium: init 1.9\nterrarium: ready 2.8\n';
const whole: Remains = {
  exitCode: 0,
  signal: null,
  timedOutAfterMs: undefined,
  console: READY,
  progress: '',
  complete: true,
};
const died: Remains = { ...whole, complete: false };

describe('a guest', () => {
  it('that sent everything is complete, whatever its containers were killed for', () => {
    expect(outcomeOf(whole)).toEqual({ kind: 'completed', reason: '' });
    const console = `${READY}Memory cgroup out of memory: Killed process 12 (memory-hog)\n`;
    expect(outcomeOf({ ...whole, console }).kind).toBe('completed');
  });

  it.each([
    [
      'panic',
      '[ 3.1] Kernel panic - not syncing: sysrq triggered crash\n',
      /sysrq triggered crash/,
    ],
    [
      'oops',
      [
        '[ 3.1] BUG: kernel NULL pointer dereference, address: 0',
        '[ 3.2] Kernel panic - not syncing: Fatal exception\n',
      ].join('\n'),
      /NULL pointer/,
    ],
    ['hung-task', '[ 130.] INFO: task node:55 blocked for more than 120 seconds.\n', /node:55/],
    [
      'out-of-memory',
      '[ 9.] Out of memory: Killed process 101 (node) total-vm:1\n',
      /101 \(node\)/,
    ],
    ['no-root', 'terrarium: guest failed: the root image cannot be mounted\n', /root image/],
  ])('that died of %s says so', (kind, sign, reason) => {
    const outcome = outcomeOf({ ...died, console: `${READY}${sign}` });
    expect(outcome.kind).toBe(kind);
    expect(outcome.reason).toMatch(reason);
  });

  it('whose kernel stumbled proves nothing, even with results', () => {
    const console = `${READY}[ 5.] Oops: 0002 [#1] PREEMPT SMP\n`;
    expect(outcomeOf({ ...whole, console }).kind).toBe('oops');
    expect(
      outcomeOf({
        ...whole,
        console: `${READY}INFO: task kworker:3 blocked for more than 122 seconds.`,
      }).kind,
    ).toBe('hung-task');
  });

  it('that was waited for in vain was silent before its root was there, and late after', () => {
    expect(
      outcomeOf({
        ...died,
        signal: 'SIGKILL',
        timedOutAfterMs: 60_000,
        console: 'terrarium: init 2\n',
      }),
    ).toEqual({
      kind: 'silent',
      reason: 'the guest did not come up within 60 s; its console ends: terrarium: init 2',
    });
    expect(
      outcomeOf({ ...died, signal: 'SIGKILL', timedOutAfterMs: 60_000, progress: '✓ NS-01\n' }),
    ).toEqual({
      kind: 'timeout',
      reason: 'no result within 60 s; its last line was: ✓ NS-01',
    });
  });

  it('with a full disk, or a QEMU that was killed, is not one that just ended', () => {
    expect(outcomeOf({ ...died, progress: 'ENOSPC: no space left on device, write' }).kind).toBe(
      'disk-full',
    );
    expect(outcomeOf({ ...died, exitCode: null, signal: 'SIGKILL' })).toEqual({
      kind: 'killed',
      reason: 'QEMU was ended by SIGKILL',
    });
    expect(
      outcomeOf({ ...died, exitCode: 1, progress: 'qemu-system-x86_64: no such device' }).reason,
    ).toContain('no such device');
    expect(outcomeOf(died).kind).toBe('no-results');
  });

  it('without a completed run always has a reason', () => {
    for (const remains of [
      died,
      { ...died, exitCode: 1 },
      { ...died, timedOutAfterMs: 1 },
      { ...died, console: 'Kernel panic - not syncing: x' },
    ]) {
      expect(outcomeOf(remains).reason).not.toBe('');
    }
  });
});
