// Signals sent to this process itself.
import { once } from 'node:events';
import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { Forwarding } from '../terminal/forward.ts';
import { ignoreAsCallerDoes, isIgnored } from './caller.ts';
import type { Io } from './io.ts';
import { EndedBySignal, Signals } from './signals.ts';

const io: Io = {
  stdin: {},
  stdout: { write: () => true },
  stderr: { write: () => true },
  env: {},
  cwd: '/',
  finish: () => undefined,
};

/** Resolves when it has been heard. */
async function send(...names: NodeJS.Signals[]): Promise<void> {
  for (const name of names) {
    const heard = once(process, name);
    process.kill(process.pid, name);
    await heard;
  }
}

describe('what this command hears', () => {
  test('ends what is being done, once, with the first', async () => {
    using signals = new Signals(io);
    expect(() => signals.throwIfEnded()).not.toThrow();
    await send('SIGTERM', 'SIGINT', 'SIGTERM');
    expect(signals.aborting.reason).toBeInstanceOf(EndedBySignal);
    expect(signals.aborting.reason).toMatchObject({ number: constants.signals.SIGTERM });
    expect(() => signals.throwIfEnded()).toThrow(EndedBySignal);
  });

  test('is the receiver’s while there is one, and the others are kept for it', async () => {
    using signals = new Signals(io);
    await send('SIGUSR1', 'SIGUSR1', 'SIGUSR2');
    const got: number[] = [];
    const stop = signals.passTo((signal) => got.push(signal));
    await send('SIGHUP');
    stop();
    const { SIGHUP, SIGUSR1, SIGUSR2 } = constants.signals;
    expect(got).toEqual([SIGUSR1, SIGUSR2, SIGHUP]);
    expect(signals.aborting.aborted).toBe(false);
    await send('SIGQUIT');
    expect(() => signals.throwIfEnded()).toThrow('SIGQUIT');
  });

  test('has no handler afterwards', () => {
    const before = process.listenerCount('SIGTERM');
    {
      using _ = new Signals(io);
      expect(process.listenerCount('SIGTERM')).toBe(before + 1);
    }
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});

describe('what is passed on', () => {
  /** This process is PID 1 of no namespace. */
  function target() {
    const got: number[] = [];
    return { got, pid: process.pid, kill: (signal: number) => void got.push(signal) };
  }

  test('is the signal itself; the third interrupt kills', () => {
    const process = target();
    const forwarding = new Forwarding(process, () => {});
    const { SIGTERM, SIGINT, SIGHUP, SIGKILL } = constants.signals;
    for (const signal of [SIGTERM, SIGINT, SIGHUP, SIGINT]) forwarding.pass(signal);
    expect(forwarding.endedFor).toBeUndefined();
    forwarding.pass(SIGINT);
    forwarding.stop();
    expect(process.got).toEqual([SIGTERM, SIGINT, SIGHUP, SIGINT, SIGKILL]);
    expect(forwarding.endedFor).toBe(SIGINT);
  });

  test('never throws', () => {
    const kill = () => {
      throw new Error('it has ended');
    };
    const forwarding = new Forwarding({ pid: 0, kill }, () => {});
    expect(() => forwarding.pass(constants.signals.SIGTERM)).not.toThrow();
    forwarding.stop();
  });
});

test('what the caller ignores is ignored, and the variable is consumed', async () => {
  const env = { TERRARIUM_IGNORED: String(1 << (constants.signals.SIGALRM - 1)), OTHER: '1' };
  ignoreAsCallerDoes(env);
  expect(env).toEqual({ OTHER: '1' });
  expect([isIgnored('SIGALRM'), isIgnored('SIGTERM')]).toEqual([true, false]);
  using signals = new Signals(io);
  await send('SIGALRM');
  expect(signals.aborting.aborted).toBe(false);
});

test.each(['', '0', '-1', 'x', '1e400'])('%j ignores nothing', (mask) => {
  const before = process.listenerCount('SIGHUP');
  ignoreAsCallerDoes({ TERRARIUM_IGNORED: mask });
  expect(process.listenerCount('SIGHUP')).toBe(before);
});
