// A program is read whole, and what cannot run in a guest is refused before one is started.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readProgram } from './program.ts';

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'terrarium-program-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

function script(place: string, name: string, text = '#!/bin/sh\nexit 0\n'): void {
  writeFileSync(join(place, name), text, { mode: 0o755 });
}

test('a script has a name, arguments and an interpreter', () => {
  const place = directory();
  script(place, 'my-tests', '#!/usr/bin/env bash\n');
  const program = readProgram('./my-tests -v  one', [], place);
  expect(program).toMatchObject({ name: 'my-tests', args: ['-v', 'one'], interpreter: 'bash' });
  expect(program.files).toMatchObject([{ kind: 'file', path: 'my-tests', mode: 0o755 }]);
});

test('a path with spaces stands alone', () => {
  const place = directory();
  script(place, 'my tests');
  expect(readProgram('my tests', [], place)).toMatchObject({ name: 'my tests', args: [] });
});

test('a command line may be longer than any path', () => {
  const place = directory();
  script(place, 'my-tests');
  const names = Array.from({ length: 2000 }, (_, number) => `case-${number}`);
  expect(readProgram(`my-tests ${names.join(' ')}`, [], place).args).toEqual(names);
});

test('an executable brings its libraries, but not the C library: guests have one', () => {
  const place = directory();
  copyFileSync('/bin/bash', join(place, 'bash'));
  const linked = execFileSync('ldd', ['/bin/bash'], { encoding: 'utf8' });
  const others = [...linked.matchAll(/(\S+) => \//g)].flatMap(([, name = '']) =>
    name.startsWith('libc.') ? [] : [`lib/${name}`],
  );
  const { files, interpreter } = readProgram('bash', [], place);
  expect(interpreter).toBeUndefined();
  expect(files.map(({ path }) => path)).toEqual(
    others.length === 0 ? ['bash'] : ['bash', 'lib', ...others],
  );
});

test('files and directories lie beside it, links as what they lead to', () => {
  const place = directory();
  script(place, 'my-tests');
  mkdirSync(join(place, 'data/deep'), { recursive: true });
  writeFileSync(join(place, 'data/deep/one'), '1');
  symlinkSync('deep/one', join(place, 'data/link'));
  writeFileSync(join(place, 'two'), '2');
  const { files } = readProgram('./my-tests', ['data', './two'], place);
  expect(files.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    'file my-tests',
    'directory data',
    'directory data/deep',
    'file data/deep/one',
    'file data/link',
    'file two',
  ]);
});

test('its digest changes with its contents and its arguments', () => {
  const place = directory();
  script(place, 'a');
  script(place, 'b', '#!/bin/sh\nexit 1\n');
  const digests = ['a', 'a', 'a x', 'b'].map((typed) => readProgram(typed, [], place).digest);
  expect(digests[0]).toBe(digests[1]);
  expect(new Set(digests).size).toBe(3);
});

test.each([
  ['nothing there', 'nope', 'nope does not exist', /path of an executable/],
  ['a directory', '.', '. is not a file', /path of an executable/],
  ['no permission', 'plain', 'plain is not executable', /chmod \+x plain/],
  ['neither ELF nor #!', 'text', 'neither an ELF executable nor a script', /#!\/bin\/sh/],
  ['another processor', 'arm', 'built for another processor (ELF machine 183)', /x86-64/],
])('%s is refused with a line of help', (_, typed, fact, hint) => {
  const place = directory();
  writeFileSync(join(place, 'plain'), '#!/bin/sh\n', { mode: 0o644 });
  script(place, 'text', 'echo no first line\n');
  const elf = Buffer.alloc(64);
  elf.write('\x7fELF', 'latin1');
  elf.writeUInt16LE(183, 18);
  writeFileSync(join(place, 'arm'), elf, { mode: 0o755 });
  expect(() => readProgram(typed, [], place)).toThrow(
    expect.objectContaining({
      message: expect.stringContaining(fact),
      hint: expect.stringMatching(hint),
    }),
  );
});

test('a file beside it that is not there is refused', () => {
  const place = directory();
  script(place, 'a');
  expect(() => readProgram('a', ['gone'], place)).toThrow('--files: gone does not exist');
});
