import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Namespace } from '../config/config.ts';
import { defaultMounts } from '../config/defaults.ts';
import { collectProblems } from '../config/problems.ts';
import { joinFields, parseTmpfs, splitFields } from './mount-words.ts';
import { mergeMounts, parseMount, parseMounts, parseVolume } from './mounts.ts';

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

describe('mount', () => {
  const bind = (options: string[], source = '/a') => ({
    value: { type: 'bind', source, destination: '/b', options },
  });
  const tmpfs = (...options: string[]) => ({
    value: { type: 'tmpfs', destination: '/b', options: ['nosuid', 'nodev', 'noexec', ...options] },
  });

  test.each([
    ['type=bind,src=/a,dst=/b', bind(['rbind'])],
    ['type=bind,source=/a,target=/b,readonly', bind(['rbind', 'ro'])],
    ['type=bind,source=/a,destination=/b,ro=1', bind(['rbind', 'ro'])],
    ['type=bind,src=/a,dst=/b,ro=false', bind(['rbind'])],
    ['type=bind,src=/a:b,dst=/b', bind(['rbind'], '/a:b')],
    ['type=bind,"src=/a,""b""",dst=/b', bind(['rbind'], '/a,"b"')],
    ['type=bind,src=/x,src=/a,dst=/b', bind(['rbind'])],
    ['TYPE=bind,src=/a,dst=/b,bind-propagation=rprivate,consistency=cached', bind(['rbind'])],
    ['type=bind,src=/a,dst=/b,bind-recursive=disabled', bind(['bind'])],
    ['type=bind,src=/a,dst=/b,bind-nonrecursive', bind(['bind'])],
    ['type=bind,src=/a,dst=/b,bind-nonrecursive=false', bind(['rbind'])],
    ['type=tmpfs,dst=/b', tmpfs()],
    [
      'type=tmpfs,dst=/b,tmpfs-size=1m,tmpfs-mode=0700,ro',
      tmpfs('ro', 'size=1048576', 'mode=0700'),
    ],
    [
      { type: 'bind', source: '/a:,b', destination: '/b', readonly: true },
      bind(['rbind', 'ro'], '/a:,b'),
    ],
    [{ type: 'bind', source: '/a', destination: '/b', recursive: false }, bind(['bind'])],
    [{ type: 'tmpfs', destination: '/b', size: 4096 }, tmpfs('size=4096')],
  ] as const)('%j', (words, mount) => expect(parseMount(words)).toEqual(mount));

  test.each([
    ['', /an empty field/],
    ['type=bind,,dst=/b', /an empty field/],
    ['src=/a,dst=/b', /names no type/],
    ['type=bind,src=/a', /names no destination/],
    ['type=bind,dst=/b', /names no source/],
    ['type=volume,src=a,dst=/b', /the type volume/],
    ['type=bind,src=/a,dst=/proc', /hide or change \/proc/],
    ['type=bind,src=a,dst=/b', /source is not an absolute path/],
    ['type=bind,src=/a,dst=/b,bind-propagation=rshared', /propagation rshared/],
    ['type=bind,src=/a,dst=/b,bind-recursive=writable', /bind-recursive is writable/],
    ['type=bind,src=/a,dst=/b,ro=maybe', /ro is maybe/],
    ['type=bind,src,dst=/b', /without a value: src/],
    ['type=bind,srce=/a,dst=/b', /unknown field: srce/],
    ['type=bind,src="/a,dst=/b', /quotation mark/],
    ['type=bind,src=/a,dst=/b,tmpfs-size=1m', /has a size/],
    ['type=tmpfs,src=/a,dst=/b', /has a source/],
    ['type=tmpfs,dst=/b,tmpfs-mode=rwx', /is no mode/],
  ])('%j is refused', (words, problem) =>
    expect(parseMount(words)).toMatchObject({ problem: expect.stringMatching(problem) }),
  );

  test('fields are read back as they were', () => {
    const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', '=') });
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), (fields) => {
        expect(splitFields(joinFields(fields))).toEqual({ value: fields });
      }),
    );
  });
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
  parseMounts({ volumes: ['/a:/x', '/b:/x/'], tmpfs: ['/y', '//x', '/y:size=1m'] }, problems);
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
    const own = parseMounts(
      { volumes: ['/a:/x/y', '/b:/x'], tmpfs: ['/dev/shm:size=1m'] },
      collectProblems(),
    );
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

  test('cgroups only where they are v2, and never writable', () => {
    for (const mode of ['v1', 'hybrid', 'none'] as const)
      expect(type(defaultMounts(all, mode), '/sys/fs/cgroup')).toBeUndefined();
    expect(defaultMounts(all, 'v2').find((mount) => mount.type === 'cgroup2')?.options).toContain(
      'ro',
    );
    for (const mount of defaultMounts([], 'v2'))
      if (mount.destination.startsWith('/sys')) expect(mount.options).toContain('ro');
  });
});
