// The man pages: every option is on its page, and roff checkers find no error.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import stripAnsi from 'strip-ansi';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../runtime/cli/program.ts';
import { manPages } from './pages.ts';

const pages = await manPages();
const directory = mkdtempSync(join(tmpdir(), 'terrarium-man-'));
for (const [file, page] of pages) writeFileSync(join(directory, file), page);
const names = [...pages.keys()];

afterAll(() => rmSync(directory, { recursive: true }));

function said(program: string, ...words: readonly string[]) {
  const { error, stdout, stderr } = spawnSync(program, words, {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, MANWIDTH: '100', LC_ALL: 'C.UTF-8' },
  });
  return error === undefined ? { stdout, all: stdout + stderr } : undefined;
}

/** Backspaces and escapes of a terminal's bold and underlined text. */
const plain = (text: string) => stripAnsi(text).replace(/.[\b]/g, '');

test('there is a page for the program and for each command', () => {
  expect(names).toEqual([
    'terrarium.1',
    ...Object.keys(COMMANDS).map((name) => `terrarium-${name}.1`),
  ]);
});

const linters = [
  { name: 'mandoc', words: ['-Tlint', '-Wwarning'] },
  { name: 'groff', words: ['-ww', '-mdoc', '-Tutf8', '-z'] },
].map((linter) => ({ ...linter, there: said(linter.name, '--version') !== undefined }));

describe.each(linters)('$name (if it is installed)', ({ name, words, there }) => {
  test.runIf(there).each(names)('finds nothing wrong with %s', (file) => {
    expect(said(name, ...words, file)?.all).toBe('');
  });

  test.runIf(there)('finds a list that does not end', () => {
    const broken = pages.get('terrarium.1')?.replace('.El\n', '.Xx\n') ?? '';
    writeFileSync(join(directory, 'broken.1'), broken);
    expect(said(name, ...words, 'broken.1')?.all).not.toBe('');
  });
});

test.runIf(said('man', '--version'))('man shows options and examples as they are typed', () => {
  const shown = plain(said('man', '-l', 'terrarium-shell.1')?.stdout ?? '');
  expect(shown).toMatch(
    /^ +terrarium shell rootfs hostname \[options\] \[-- command \[args\.\.\.\]\]$/m,
  );
  expect(shown).toMatch(/^ +-m, --memory size$/m);
  expect(shown).toMatch(/^ +-v, --volume src:dst\[:ro\]$/m);
  expect(shown).toMatch(/^ +\$ terrarium shell \.\/rootfs box --network ns:\/run\/netns\/blue$/m);
  expect(shown).not.toContain('[u20');
});

describe('a date', () => {
  const before = process.env.SOURCE_DATE_EPOCH;
  afterEach(() => {
    if (before === undefined) delete process.env.SOURCE_DATE_EPOCH;
    else process.env.SOURCE_DATE_EPOCH = before;
  });

  test('is that of the sources if they have one', async () => {
    process.env.SOURCE_DATE_EPOCH = '1000000000';
    expect((await manPages()).get('terrarium.1')).toContain('.Dd September 9, 2001\n');
  });
});
