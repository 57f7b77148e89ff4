// Bad input, first half: root file systems, hostnames and limits that cannot be. A clear error
// each, and nothing left behind.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { testRequirement } from './suite.ts';
import { workload } from './support/places.ts';
import { openCommandLine } from './support/refused.ts';
import type { Context } from './support/session.ts';

/** As typed: relative to the project. */
const ROOTFS = 'fixtures/rootfs/out/default';
const BUSYBOX = workload('../../bin/busybox');

/** A directory of this test's own, with a name short enough to be typed. */
function directory(context: Context): string {
  const path = mkdtempSync(join(tmpdir(), `${context.id.toLowerCase()}-`));
  context.onCleanup(() => rmSync(path, { recursive: true }));
  return path;
}

/** A root file system whose only file is a /bin/sh of these bytes. */
function rootfsWithShell(context: Context, shell: Uint8Array): string {
  const root = directory(context);
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin/sh'), shell, { mode: 0o755 });
  return root;
}

testRequirement('BAD-01', async (context) => {
  const line = await openCommandLine(context);
  await context.say('Ask for a shell in a directory that does not exist.');
  await line.refuses(`terrarium shell /nowhere box --name ${line.name}`, {
    exitCode: 125,
    fact: '<rootfs> "/nowhere" does not exist',
    hint: /npm run rootfs builds one/,
  });
  await context.say('The control: with a root file system that is there the same command works.');
  await line.accepts(
    'the same with a root file system that exists',
    `terrarium shell ${ROOTFS} box --name ${line.name} -- true`,
  );
});

testRequirement('BAD-02', async (context) => {
  const line = await openCommandLine(context);
  await context.say('Give a file, such as the archive that a root file system came in.');
  const file = join(directory(context), 'rootfs.tar');
  writeFileSync(file, '');
  await line.refuses(`terrarium shell ${file} box --name ${line.name}`, {
    exitCode: 125,
    fact: /is not a directory/,
    hint: /unpack it/,
  });
  await context.say('The control: with the directory the same command works.');
  await line.accepts(
    'the same with a directory',
    `terrarium shell ${ROOTFS} box --name ${line.name} -- true`,
  );
});

testRequirement('BAD-03', async (context) => {
  const line = await openCommandLine(context);
  const empty = directory(context);
  await context.say('Give an empty directory.');
  await line.refuses(`terrarium shell ${empty} box --name ${line.name}`, {
    exitCode: 125,
    fact: /is empty/,
    hint: /the program to run/,
  });
  await context.say('The control: one program put in, and it is enough.');
  copyFileSync(BUSYBOX, join(empty, 'busybox'));
  await line.accepts(
    'the same directory with one program in it',
    `terrarium shell ${empty} box --name ${line.name} -- /busybox echo it works`,
  );
});

testRequirement('BAD-04', async (context) => {
  const line = await openCommandLine(context);
  await context.say('Give a root file system that has other programs, but no shell.');
  const root = directory(context);
  mkdirSync(join(root, 'bin'));
  copyFileSync(BUSYBOX, join(root, 'bin/echo'));
  await line.refuses(`terrarium shell ${root} box --name ${line.name}`, {
    exitCode: 127,
    fact: /execve \/bin\/sh: ENOENT/,
    hint: /there is no \/bin\/sh/,
  });
  await context.say('The control: the same root file system once it has a shell.');
  copyFileSync(BUSYBOX, join(root, 'bin/sh'));
  await line.accepts(
    'the same root file system with a /bin/sh',
    `echo exit 0 | terrarium shell ${root} box --name ${line.name}`,
  );
});

testRequirement('BAD-05', async (context) => {
  const line = await openCommandLine(context);
  const native = readFileSync(BUSYBOX);
  await context.say(
    'Give a shell whose ELF header says that it is for another processor (e_machine: elf(5)).',
  );
  const foreign =
    arch() === 'x64' ? { machine: 183, name: /aarch64|arm64/i } : { machine: 62, name: /x86.64/i };
  const shell = Buffer.from(native);
  shell.writeUInt16LE(foreign.machine, 18);
  const root = rootfsWithShell(context, shell);
  await line.refuses(`terrarium shell ${root} box --name ${line.name}`, {
    exitCode: 126,
    fact: /execve \/bin\/sh: ENOEXEC/,
    hint: foreign.name,
  });
  await context.say('The control: the same program with the two bytes as they were.');
  writeFileSync(join(root, 'bin/sh'), native);
  await line.accepts(
    'the same shell for this architecture',
    `echo exit 0 | terrarium shell ${root} box --name ${line.name}`,
  );
});

testRequirement('BAD-06', async (context) => {
  const line = await openCommandLine(context);
  const { program, loader } = dynamicProgram();
  await context.say(
    `Copy a dynamically linked program as the shell, without its loader ${loader}.`,
  );
  const root = rootfsWithShell(context, program);
  await line.refuses(`terrarium shell ${root} box --name ${line.name}`, {
    exitCode: 127,
    fact: /execve \/bin\/sh: ENOENT/,
    hint: loader,
  });
  await context.say('The control: a static shell in its place works.');
  copyFileSync(BUSYBOX, join(root, 'bin/sh'));
  await line.accepts(
    'the same root file system with a static shell',
    `echo exit 0 | terrarium shell ${root} box --name ${line.name}`,
  );
});

/**
 * The host's own `env`, with a loader that its ELF interpreter segment names (elf(5), PT_INTERP).
 */
function dynamicProgram(): { readonly program: Buffer; readonly loader: string } {
  const program = readFileSync('/usr/bin/env');
  const loader = /\0(\/[\w./-]*\/ld-[\w.-]+)\0/.exec(program.toString('latin1', 0, 4096))?.[1];
  if (loader === undefined) throw new Error('/usr/bin/env of this host is not linked dynamically');
  return { program, loader };
}

testRequirement('BAD-07', async (context) => {
  const line = await openCommandLine(context);
  await context.say('Give an empty hostname.');
  await line.refuses(`terrarium shell ${ROOTFS} '' --name ${line.name} -- hostname`, {
    exitCode: 125,
    fact: '<hostname> "" is empty',
    hint: /name that `hostname` shall print/,
  });
  await context.say('The control: one letter is a hostname.');
  const printed = await line.accepts(
    'a hostname of one letter',
    `terrarium shell ${ROOTFS} b --name ${line.name} -- hostname`,
  );
  expect(printed).toBe('b');
});

testRequirement('BAD-08', async (context) => {
  const line = await openCommandLine(context);
  const longest = `${'a'.repeat(32)}.${'b'.repeat(31)}`;
  await context.say('Give a hostname of 65 bytes: the kernel keeps 64.');
  await line.refuses(`terrarium shell ${ROOTFS} ${longest}b --name ${line.name} -- hostname`, {
    exitCode: 125,
    fact: /is 65 bytes long/,
    hint: /64 bytes at most/,
  });
  await context.say('The control: one byte less, and it is printed whole.');
  const printed = await line.accepts(
    'a hostname of 64 bytes',
    `terrarium shell ${ROOTFS} ${longest} --name ${line.name} -- hostname`,
  );
  expect(printed).toBe(longest);
});

testRequirement('BAD-09', async (context) => {
  const line = await openCommandLine(context);
  await context.say('Give a hostname with a slash, which the kernel itself would take.');
  await line.refuses(`terrarium shell ${ROOTFS} web/1 --name ${line.name} -- hostname`, {
    exitCode: 125,
    fact: '<hostname> "web/1" has characters that a hostname cannot have',
    hint: /letters, digits, hyphens/,
  });
  await context.say('The control: with a hyphen it is one.');
  const printed = await line.accepts(
    'a hyphen instead',
    `terrarium shell ${ROOTFS} web-1 --name ${line.name} -- hostname`,
  );
  expect(printed).toBe('web-1');
});

testRequirement('BAD-10', async (context) => {
  const line = await openCommandLine(context);
  await context.say('Give a hostname of two lines; the error shows it on one.');
  await line.refuses(
    `terrarium shell ${ROOTFS} "$(printf 'web\\n1')" --name ${line.name} -- hostname`,
    {
      exitCode: 125,
      fact: '<hostname> "web\\n1" has characters that a hostname cannot have',
      hint: /letters, digits, hyphens/,
    },
  );
  await context.say('The control: the same without the line break.');
  const printed = await line.accepts(
    'the same without the newline',
    `terrarium shell ${ROOTFS} "$(printf 'web1')" --name ${line.name} -- hostname`,
  );
  expect(printed).toBe('web1');
});
