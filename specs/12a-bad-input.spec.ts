// Bad input, first part: invalid root file systems and hostnames. A clear error each, and nothing
// left behind.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { interpreterOf } from '../harness/observe/elf.ts';
import { type Context, testRequirement } from './suite.ts';
import { workload } from './support/places.ts';
import { refuses, type Start } from './support/refused.ts';

const BUSYBOX = workload('../../bin/busybox');

/** A directory of this test, with a short name to type. */
function directory({ id, onCleanup }: Context): string {
  const path = mkdtempSync(join(tmpdir(), `${id.toLowerCase()}-`));
  onCleanup(() => rmSync(path, { recursive: true }));
  return path;
}

/** A root file system with only this program in its /bin. */
function rootfsWith(context: Context, name: string, program: Uint8Array): string {
  const root = directory(context);
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin', name), program, { mode: 0o755 });
  return root;
}

/** A root file system is refused until it has this working shell. */
function shellOf(rootfs: string) {
  const start = { rootfs, command: '', through: 'echo exit 0 |' };
  return { start, beforeControl: () => copyFileSync(BUSYBOX, join(rootfs, 'bin/sh')) };
}

/** A container that prints its hostname. */
const named = (hostname: string): Start => ({ hostname, command: 'hostname' });

testRequirement('BAD-01', (context) =>
  refuses(context, {
    say: 'Ask for a shell in a directory that does not exist.',
    start: { rootfs: '/nowhere' },
    fact: '<rootfs> "/nowhere" does not exist',
    hint: /npm run rootfs builds one|debootstrap makes one/,
    control: ['the same with a root file system that exists', {}],
  }),
);

testRequirement('BAD-02', (context) => {
  const rootfs = join(directory(context), 'rootfs.tar');
  writeFileSync(rootfs, '');
  return refuses(context, {
    say: 'Give a file, such as the archive that a root file system came in.',
    start: { rootfs },
    fact: /is not a directory/,
    hint: /unpack it/,
    control: ['the same with a directory', {}],
  });
});

testRequirement('BAD-03', (context) => {
  const start = { rootfs: directory(context), command: '/busybox echo it works' };
  return refuses(context, {
    say: 'Give an empty directory.',
    start,
    fact: /is empty/,
    hint: /the program to run/,
    beforeControl: () => copyFileSync(BUSYBOX, join(start.rootfs, 'busybox')),
    control: ['the same directory with one program in it', start, 'it works'],
  });
});

testRequirement('BAD-04', (context) => {
  const { start, beforeControl } = shellOf(rootfsWith(context, 'echo', readFileSync(BUSYBOX)));
  return refuses(context, {
    say: 'Give a root file system that has other programs, but no shell.',
    start,
    exitCode: 127,
    fact: /execve \/bin\/sh: ENOENT/,
    hint: /there is no \/bin\/sh/,
    beforeControl,
    control: ['the same root file system with a /bin/sh', start],
  });
});

testRequirement('BAD-05', (context) => {
  const foreign =
    arch() === 'x64' ? { machine: 183, name: /aarch64|arm64/i } : { machine: 62, name: /x86.64/i };
  const shell = Buffer.from(readFileSync(BUSYBOX));
  shell.writeUInt16LE(foreign.machine, 18);
  const { start, beforeControl } = shellOf(rootfsWith(context, 'sh', shell));
  return refuses(context, {
    say: 'Give a shell whose ELF header names another processor (e_machine: elf(5)).',
    start,
    exitCode: 126,
    fact: /execve \/bin\/sh: ENOEXEC/,
    hint: foreign.name,
    beforeControl,
    control: ['the same shell with these two bytes as they were', start],
  });
});

testRequirement('BAD-06', (context) => {
  const program = readFileSync('/usr/bin/env');
  const loader = interpreterOf(program);
  if (loader === undefined) throw new Error('/usr/bin/env of this host is a static program');
  const { start, beforeControl } = shellOf(rootfsWith(context, 'sh', program));
  return refuses(context, {
    say: `Copy a dynamically linked program as the shell, without its loader ${loader}.`,
    start,
    exitCode: 127,
    fact: /execve \/bin\/sh: ENOENT/,
    hint: loader,
    beforeControl,
    control: ['the same root file system with a static shell', start],
  });
});

testRequirement('BAD-07', (context) =>
  refuses(context, {
    say: 'Give an empty hostname.',
    start: named("''"),
    fact: '<hostname> "" is empty',
    hint: /hostname/,
    control: ['a hostname of one letter', named('b'), 'b'],
  }),
);

testRequirement('BAD-08', (context) => {
  const longest = `${'a'.repeat(32)}.${'b'.repeat(31)}`;
  return refuses(context, {
    say: 'Give a hostname of 65 bytes: the kernel keeps 64.',
    start: named(`${longest}b`),
    fact: /is 65 bytes long/,
    hint: /64 bytes at most/,
    control: ['one byte less, and it is printed whole', named(longest), longest],
  });
});

testRequirement('BAD-09', (context) =>
  refuses(context, {
    say: 'Give a hostname with a slash, which the kernel itself would take.',
    start: named('web/1'),
    fact: '<hostname> "web/1" has characters that a hostname cannot have',
    hint: /letters, digits, hyphens/,
    control: ['a hyphen instead', named('web-1'), 'web-1'],
  }),
);

testRequirement('BAD-10', (context) =>
  refuses(context, {
    say: 'Give a hostname of two lines; the error shows it on one.',
    start: named(`"$(printf 'web\\n1')"`),
    fact: '<hostname> "web\\n1" has characters that a hostname cannot have',
    hint: /letters, digits, hyphens/,
    control: ['the same without the line break', named(`"$(printf 'web1')"`), 'web1'],
  }),
);
