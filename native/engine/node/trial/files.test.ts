// Calls on files give the same results and errors in the engine as in Node: random calls on a small
// tree, with a separate directory for each of the two.
import fc from 'fast-check';
import { beforeEach, test } from 'vitest';
import { type Call, expectSame, needsTrial } from './trial.fixture.ts';

beforeEach(needsTrial);

const file = fc.constantFrom(
  'a',
  'b',
  'd',
  'd/a',
  'd/b',
  'd/e',
  'none/x',
  'a/x',
  'b\udce9',
  '',
  '.',
  'é',
  'a\0b',
);
const name = fc.constantFrom('one', 'two');
const flags = fc.constantFrom('r', 'r+', 'w', 'wx', 'a', 'ax', 0o2101, 0o2102, 0o400000);
const mode = fc.constantFrom(0o600, 0o644, 0o000, 0o755, undefined);
const content = fc.constantFrom('', 'text', 'é€😀', '\ud83d', 'x'.repeat(70_000));
const raw = fc.constantFrom('', 'bytes', '\xe9\xff');
const position = fc.constantFrom(undefined, null, 0, 3);
const flag = fc.boolean();
const call = (kind: string, ...args: fc.Arbitrary<unknown>[]) =>
  fc.tuple(fc.constant(`fs.${kind}`), ...args) as fc.Arbitrary<Call>;

const made = fc.oneof(
  call('open', name, file, flags, mode),
  call('writeFile', file, content),
  call('mkdir', file, mode),
  call('link', file, file),
  call('symlink', file, file),
  call('rm', file, flag, flag),
  call('rmdir', file),
  call('unlink', file),
);
const asked = fc.oneof(
  call('stat', file, flag),
  call('lstat', file, flag),
  call('exists', file),
  call('access', file, fc.constantFrom(0, 1, 2, 4, 7)),
  call('readFile', file, fc.constantFrom(undefined, 'utf8', 'latin1')),
  call('readlink', file, flag),
  call('readdir', file, fc.constantFrom('utf8', 'latin1')),
  call('readdirRaw', file),
  call('readdirTypes', file),
  call('statfs', file),
);
const described = fc.oneof(
  call('close', name),
  call(
    'read',
    name,
    fc.constantFrom(4, 9),
    fc.constantFrom(undefined, 0, 2),
    fc.constantFrom(undefined, 2),
    position,
  ),
  call('write', name, raw, position),
  call('writeText', name, content),
  call('readDescriptor', name),
  call('writeDescriptor', name, raw),
  call('fstat', name),
  call('fchmod', name, fc.constantFrom(0o600, 0o7777)),
  call('ftruncate', name, fc.constantFrom(0, 3, 10)),
);

test('random calls', () => {
  // Creating calls come first, so that the others find files.
  const calls = fc
    .tuple(
      fc.array(made, { minLength: 20, maxLength: 30, size: 'max' }),
      fc.array(fc.oneof(made, asked, described), { minLength: 250, maxLength: 400, size: 'max' }),
    )
    .map((both) => both.flat());
  for (const list of fc.sample(calls, 6)) expectSame(list);
});

test('files of the kernel, and errors that only it has', () => {
  const kernel = [
    '/proc/self/mounts',
    '/proc/self/ns',
    '/proc/version',
    '/proc/1/mem',
    '/dev/null',
    '/dev/full',
    '/sys/kernel',
    '/proc/nothing',
  ];
  const calls: Call[] = kernel.flatMap((path): Call[] => [
    ['fs.stat', path, true],
    ['fs.exists', path],
    ['fs.access', path, 2],
    ['fs.statfs', path],
    ['fs.writeFile', path, ''],
    ['fs.mkdir', `${path}/x`],
    ['fs.rmdir', path],
    ['fs.symlink', 'x', `${path}/x`],
  ]);
  expectSame([
    ...calls,
    ['fs.readdir', '/proc/self/ns'],
    ['fs.readlink', '/proc/self/cwd', true],
    ['fs.readFile', '/proc/version', 'utf8'],
    ['fs.readFile', '/proc/sys/kernel/hostname', 'latin1'],
    ['fs.readFile', '/proc/1/mem'],
    ['fs.writeFile', '/dev/full', 'x'],
    ['fs.open', 'one', 'file', 'zz'],
    ['fs.stat', 'x'.repeat(300), false],
    ['fs.symlink', 'loop', 'loop'],
    ['fs.readFile', 'loop'],
    ['fs.rm', '/proc/nothing', true, true],
  ]);
});

test('numbers that the kernel defines', () => {
  const names =
    'F_OK R_OK W_OK X_OK O_RDONLY O_WRONLY O_RDWR O_CREAT O_EXCL O_NOCTTY O_TRUNC O_APPEND ' +
    'O_NONBLOCK O_DIRECTORY O_NOFOLLOW';
  expectSame([['fs.constants', ...names.split(' ')], ['process.signals'], ['process.errno']]);
});
