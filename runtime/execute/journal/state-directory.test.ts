// A state directory that others could have filled is refused, and nothing is written through what
// they planted.
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { performUndo } from '../operations/undo.ts';
import { createFresh, isClaim, stateNames } from './state-directory.ts';

const scratch = mkdtempSync(join(tmpdir(), 'terrarium-state-'));
afterAll(() => rmSync(scratch, { recursive: true }));

let count = 0;
function directory(): string {
  const path = join(scratch, String(count++));
  mkdirSync(path, { mode: 0o700 });
  return path;
}

describe('a state directory', () => {
  it('of our own is read, and one that is not there has nothing in it', () => {
    const own = directory();
    writeFileSync(join(own, 'a.journal'), '');
    expect(stateNames(own)).toEqual(['a.journal']);
    expect(stateNames(join(scratch, 'nowhere'))).toEqual([]);
  });

  it.each<[string, RegExp, RegExp, (path: string) => string]>([
    [
      'that others can write',
      /can be written by others \(mode 777\)/,
      /chmod go-w/,
      (path) => {
        chmodSync(path, 0o777);
        return path;
      },
    ],
    [
      'that is a link',
      /is a symbolic link/,
      /name the directory/,
      (path) => {
        symlinkSync(path, `${path}-link`);
        return `${path}-link`;
      },
    ],
    [
      'that is a file',
      /is not a directory/,
      /remove/,
      (path) => {
        writeFileSync(`${path}-file`, '');
        return `${path}-file`;
      },
    ],
  ])('%s is refused, with what helps', (_, message, hint, spoil) => {
    const path = spoil(directory());
    expect(() => stateNames(path)).toThrow(
      expect.objectContaining({
        name: 'HostError',
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      }),
    );
  });

  it.skipIf(process.geteuid?.() !== 0)('of another user is refused (needs root)', () => {
    const path = directory();
    chownSync(path, 65534, 65534);
    expect(() => stateNames(path)).toThrow(/belongs to user 65534/);
  });
});

describe('files in it', () => {
  it('are made anew: a link that was planted leads nowhere', () => {
    const own = directory();
    symlinkSync(join(own, 'victim'), join(own, 'a.log'));
    closeSync(createFresh(join(own, 'a.log'), constants.O_WRONLY));
    expect(existsSync(join(own, 'victim'))).toBe(false);
    expect(readFileSync(join(own, 'a.log'), 'utf8')).toBe('');
  });

  it('are given back only where claims are', async () => {
    const own = directory();
    expect(isClaim(own, `${own}/.net/4026531840.7`)).toBe(true);
    for (const path of [
      `${own}/.net/../a.journal`,
      `${own}/.net/`,
      `${own}/a.journal`,
      '/etc/hostname',
      '.net/7',
    ])
      expect(isClaim(own, path)).toBe(false);
    const precious = join(own, 'precious');
    writeFileSync(precious, 'holder');
    const undo = { kind: 'unclaim', path: precious, holder: 'holder' } as const;
    await expect(performUndo(undo)).rejects.toThrow('is not a claim');
    expect(existsSync(precious)).toBe(true);
  });
});
