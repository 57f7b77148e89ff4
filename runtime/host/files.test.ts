import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeBytes } from '../bytes.ts';
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
