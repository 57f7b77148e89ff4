import { expect, it } from 'vitest';
import { faultsOf } from '../run/generate.ts';
import { type Fault, faultNamed, nameOf } from './case.ts';
import { errnosOf } from './errnos.ts';
import { sample } from './sample.ts';

const FAULTS: Fault[] = ['shell', 'exec'].flatMap((scenario) =>
  ['openat', 'read', 'mount'].flatMap((call) =>
    Array.from({ length: 50 }, (_, index) => ({
      ...{ scenario, call, role: 'init', nth: index + 1 },
      errno: index % 2 ? 'EIO' : 'ENOMEM',
    })),
  ),
);

it('a sample is the same for the same seed, and another for another', () => {
  expect(sample(FAULTS, 20, 5)).toEqual(sample(FAULTS, 20, 5));
  expect(sample(FAULTS, 20, 5)).not.toEqual(sample(FAULTS, 20, 6));
});

it('a small sample has every call of every scenario, a larger one every error of each', () => {
  const kinds = (count: number, kind: (fault: Fault) => string) =>
    new Set(sample(FAULTS, count, 1).map(kind)).size;
  expect(kinds(6, ({ scenario, call }) => scenario + call)).toBe(6);
  expect(kinds(12, ({ scenario, call, errno }) => scenario + call + errno)).toBe(12);
});

it('a sample has each case once, and all if there is room', () => {
  expect(new Set(sample(FAULTS, 250, 1).map(nameOf)).size).toBe(250);
  expect(sample(FAULTS, 10_000, 1)).toHaveLength(FAULTS.length);
});

it('a case is found again by its name', () => {
  const threads = [...FAULTS, { ...FAULTS[0], role: 'runtime/libuv-worker', errno: 'SIGKILL' }];
  for (const fault of threads) expect(faultNamed(nameOf(fault as Fault))).toEqual(fault);
  for (const name of ['', 'shell', 'shell:init:mount:0:EIO', 'shell:init:mount:1:nonsense'])
    expect(faultNamed(name)).toBeUndefined();
});

it('errors are those that the descriptor can have', () => {
  expect(errnosOf('write', '/run/terrarium/a.journal')).toContain('ENOSPC');
  expect(errnosOf('write', 'anon_inode:[eventfd]')).toEqual([]);
  expect(errnosOf('read', 'pipe:[1]')).toEqual(['EINTR']);
  expect(errnosOf('fcntl', 'flags')).toEqual([]);
  expect(errnosOf('fcntl', 'duplicate')).toEqual(['EMFILE']);
  expect(errnosOf('getpid', '')).toEqual([]);
});

it('three of a kind for the engine’s calls, all for ours', () => {
  const calls = (role: string) =>
    Array.from({ length: 9 }, (_, index) => ({ role, call: 'mount', nth: index + 1, path: '' }));
  const of = (role: string) => new Set(faultsOf('shell', calls(role)).map(({ nth }) => nth));
  expect([...of('engine')]).toEqual([1, 5, 9]);
  expect([...of('runtime/V8Worker')]).toEqual([1, 5, 9]);
  expect(of('init').size).toBe(9);
  expect(of('program').size).toBe(0);
});
