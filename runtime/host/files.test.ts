import {
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeBytes } from '../base/bytes.ts';
import { linkOf, makeDirectories, namesIn, readText, textIfReadable } from './files.ts';

describe('files whose names are bytes', () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'terrarium-files-'));
  });
  afterAll(() => rmSync(scratch, { recursive: true }));

  it('are made, listed, read and followed', () => {
    const place = `${scratch}/a/\udce9`;
    makeDirectories(place, 0o700);
    makeDirectories(place, 0o700);
    expect(statSync(encodeBytes(place)).mode & 0o777).toBe(0o700);
    writeFileSync(encodeBytes(`${place}/é\udcff`), Buffer.of(0xe9, 0x0a));
    symlinkSync(encodeBytes('\udcff'), encodeBytes(`${place}/link`));
    expect(namesIn(place).sort()).toEqual(['link', 'é\udcff']);
    expect(readText(`${place}/é\udcff`)).toBe('\udce9\n');
    expect(linkOf(`${place}/link`)).toBe('\udcff');
    expect(textIfReadable(`${place}/\udcff`)).toBeUndefined();
  });

  it('are refused where nothing can be made, and nothing waits', () => {
    expect(() => makeDirectories('/proc/x/y', 0o700)).toThrow('ENOENT');
    writeFileSync(`${scratch}/file`, '');
    expect(() => makeDirectories(`${scratch}/file/x`, 0o700)).toThrow('ENOTDIR');
  });
});

describe('the sources of the runtime', () => {
  const root = join(import.meta.dirname, '..');
  const sources = globSync('**/*.ts', { cwd: root })
    .filter((file) => !/\.(test|fixture)\.ts$|\/example-/.test(file))
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
  /** Every match in the sources but those that are known to be right. */
  const found = (pattern: RegExp, right: Readonly<Record<string, string>>) =>
    sources.flatMap(({ file, text }) =>
      [...text.matchAll(pattern)]
        .map(([call]) => call.replace(/\s+/g, ' '))
        .filter((call) => !(file in right && call.includes(right[file] ?? '')))
        .map((call) => `${file}: ${call}`),
    );

  it('hand paths to node:fs by pathOf, but for descriptors and what is written there', () => {
    const names = `access chmod chown copyFile exists link lstat mkdir open opendir readdir readFile
      readlink realpath rename rm rmdir stat statfs symlink truncate unlink writeFile`.split(/\s+/);
    const right = "pathOf\\(|'|`/(?:proc|sys|dev)/|fd\\b|this\\.#fd\\b|\\)";
    const calls = new RegExp(`\\b(?:${names.join('|')})Sync\\((?!\\s*(?:${right}))[^;\\n]*`, 'g');
    expect('openSync(path)').toMatch(calls);
    expect("openSync(\n pathOf(path), 'r')").not.toMatch(calls);
    // Below the installation, which Node could not have loaded from anywhere else.
    const own = {
      'native/addon.ts': 'readFileSync(init)',
      'native/parts.ts': 'readFileSync(file',
      'cli/process/give-back.ts': '',
    };
    expect(found(calls, own)).toEqual([]);
  });

  it('decode bytes by decodeBytes, but for files that hold ASCII', () => {
    const decoding = /.*(?:TextDecoder|toString\((?:'utf-?8')?\)|'utf-?8'\)|readlinkSync\().*/g;
    expect("readFileSync(path, 'utf8')").toMatch(decoding);
    expect(
      found(decoding, {
        'base/bytes.ts': 'utf8',
        'host/files.ts': 'linkSync',
        'host/process/invocation.ts': 'encodeBytes(text)',
        // Written by JSON.stringify, or refused.
        'execute/journal/journal-reader.ts': 'fatal: true',
        // A package.json of ours.
        'native/parts.ts': 'readFileSync(file',
        // Ids, numbers, and what the kernel's log escapes.
        'execute/operations/undo.ts': 'undo.holder',
        'cgroups/files.ts': 'readFileSync(pathOf(path)',
        'cgroups/oom.ts': 'oom-kill',
        // What a command writes is text of the caller's choice, not a path.
        'container/call/call.ts': "bytes.toString('utf8')",
      }),
    ).toEqual([]);
  });
});
