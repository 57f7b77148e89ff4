import { describe, expect, test } from 'vitest';
import type { Namespace } from './config.ts';
import { defaultMounts } from './defaults.ts';
import { mergeMounts, parseMounts, parseTmpfs, parseVolume } from './mounts.ts';
import { collectProblems } from './problems.ts';

const bind = (source: string, destination: string, ...options: string[]) => ({
  value: { type: 'bind', source, destination, options },
});

describe('volumes', () => {
  test.each([
    ['/a:/b', bind('/a', '/b', 'rbind')],
    ['/a:/b:ro', bind('/a', '/b', 'rbind', 'ro')],
    ['/a:/b:rw', bind('/a', '/b', 'rbind')],
    ['/a/./x//:/b//c/', bind('/a/x', '/b/c', 'rbind')],
    ['/a:/b:bind,ro,nosuid,ro', bind('/a', '/b', 'bind', 'ro', 'nosuid')],
    ['/dev/shm:/dev/shm', bind('/dev/shm', '/dev/shm', 'rbind')],
    [{ source: '/a:b', destination: '/c', readonly: true }, bind('/a:b', '/c', 'rbind', 'ro')],
  ])('%j', (volume, mount) => expect(parseVolume(volume)).toEqual(mount));

  test.each([
    ['/a', /no volume/],
    ['/a:/b:ro:x', /no volume/],
    [':/b', /source is an empty path/],
    ['/a:', /destination is an empty path/],
    ['a:/b', /source is not an absolute path/],
    ['/a:b', /destination is not an absolute path/],
    ['/a/../b:/c', /source goes up/],
    ['/a:/b/../proc', /destination goes up/],
    ['/a:/', /root itself/],
    ['/a:/proc', /hide or change \/proc/],
    ['/a://proc/./self', /hide or change \/proc/],
    ['/a:/sys/fs/cgroup', /hide or change \/sys/],
    ['/a:/dev', /hide or change \/dev/],
    ['/a:/dev/null', /hide or change \/dev/],
    ['/a:/b:ro,rw', /both ro and rw/],
    ['/a:/b:z', /unknown option: z/],
    ['/a\0:/b', /no path can have/],
    ['/a\ud800:/b', /no path can have/],
  ])('%j is refused', (volume, problem) =>
    expect(parseVolume(volume)).toMatchObject({ problem: expect.stringMatching(problem) }),
  );

  test('/process is not /proc', () => expect(parseVolume('/a:/process')).toHaveProperty('value'));
});

describe('tmpfs', () => {
  test.each([
    ['/t', ['nosuid', 'nodev', 'noexec']],
    ['/t:size=64m,mode=1777', ['nosuid', 'nodev', 'noexec', 'size=67108864', 'mode=1777']],
    ['/t:exec,ro', ['nosuid', 'nodev', 'ro']],
    ['/t:size=1k,size=2k', ['nosuid', 'nodev', 'noexec', 'size=2048']],
    [
      '/t:size=50%,uid=0,nr_inodes=100',
      ['nosuid', 'nodev', 'noexec', 'size=50%', 'uid=0', 'nr_inodes=100'],
    ],
  ])('%s', (text, options) =>
    expect(parseTmpfs(text)).toEqual({ value: { type: 'tmpfs', destination: '/t', options } }),
  );

  test.each([
    '',
    't',
    '/',
    '/proc/x',
    '/dev/x',
    '/t:size',
    '/t:size=',
    '/t:size=0',
    '/t:size=101%',
    '/t:size=-1',
    '/t:mode=9',
    '/t:mode=8',
    '/t:uid=-1',
    '/t:huge=always',
    '/t:exec,noexec',
    '/t:a:b',
    '/t:ro,',
  ])('%j is refused', (text) => expect(parseTmpfs(text)).toHaveProperty('problem'));
});

test('two mounts on one place are refused, however they are spelled', () => {
  const problems = collectProblems();
  parseMounts(['/a:/x', '/b:/x/'], ['/y', '//x', '/y:size=1m'], problems);
  expect(problems.list.map(({ path, hint }) => [path, hint])).toEqual([
    ['volumes[1]', 'volumes[0] already does'],
    ['tmpfs[1]', 'volumes[0] already does'],
    ['tmpfs[2]', 'tmpfs[0] already does'],
  ]);
});

describe('default mounts', () => {
  const all: Namespace[] = [{ type: 'mount' }, { type: 'network' }, { type: 'ipc' }];
  const type = (mounts: ReturnType<typeof defaultMounts>, destination: string) =>
    mounts.find((mount) => mount.destination === destination)?.type;

  test('the caller’s come after them, parents first, and may replace shared memory', () => {
    const own = parseMounts(['/a:/x/y', '/b:/x'], ['/dev/shm:size=1m'], collectProblems());
    const merged = mergeMounts(defaultMounts(all, 'hybrid'), own);
    expect(merged.map((mount) => mount.destination)).toEqual([
      '/proc',
      '/dev',
      '/dev/pts',
      '/dev/mqueue',
      '/sys',
      '/x',
      '/x/y',
      '/dev/shm',
    ]);
    expect(merged.find((mount) => mount.destination === '/dev/shm')?.options).toContain(
      'size=1048576',
    );
  });

  test('what belongs to a shared namespace is the host’s', () => {
    expect(type(defaultMounts(all, 'v1'), '/sys')).toBe('sysfs');
    expect(type(defaultMounts([{ type: 'ipc' }], 'v1'), '/sys')).toBe('bind');
    expect(type(defaultMounts(all, 'v1'), '/dev/mqueue')).toBe('mqueue');
    expect(type(defaultMounts([{ type: 'network' }], 'v1'), '/dev/mqueue')).toBe('mqueue');
    expect(type(defaultMounts([{ type: 'network' }], 'v1'), '/dev/shm')).toBe('bind');
  });

  test('control groups only where they are v2, and never writable', () => {
    for (const mode of ['v1', 'hybrid', 'none'] as const)
      expect(type(defaultMounts(all, mode), '/sys/fs/cgroup')).toBeUndefined();
    expect(defaultMounts(all, 'v2').find((mount) => mount.type === 'cgroup2')?.options).toContain(
      'ro',
    );
    for (const mount of defaultMounts([], 'v2'))
      if (mount.destination.startsWith('/sys')) expect(mount.options).toContain('ro');
  });
});
