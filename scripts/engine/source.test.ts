// The engine's source: another series or other bytes are refused, with a way out.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import lastGood from '../../native/engine/source.json' with { type: 'json' };
import { fetchSource, provideSource, requireKnown, requireSeries } from './source.ts';

function sourceOf(version: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'terrarium-engine-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const name of ['quickjs.c', 'libregexp.c', 'libunicode.c', 'dtoa.c'])
    writeFileSync(join(directory, name), '');
  const [major, minor] = version.split('.');
  writeFileSync(
    join(directory, 'quickjs.h'),
    `#define QJS_VERSION_MAJOR ${major}\n#define QJS_VERSION_MINOR ${minor}\n`,
  );
  return directory;
}

test('the known version and a newer one of its series are taken', () => {
  requireKnown(lastGood);
  requireKnown({ version: '0.17.9-2', sha256: '00' });
  requireSeries(sourceOf('0.17'));
});

test('another series is refused, and the last good one named', () => {
  for (const version of ['0.18.0-1', '0.170.0-1', '0.1.7-1'])
    expect(() => requireKnown({ version, sha256: lastGood.sha256 })).toThrow(
      expect.objectContaining({
        message: `Debian sid has qjs-src ${version}, and this is written for 0.17.*`,
        hint: expect.stringMatching(/--engine-source DIR .*0\.17\.0-1, sha256 [0-9a-f]{64}/),
      }),
    );
  const directory = sourceOf('0.18');
  expect(() => requireSeries(directory)).toThrow(`${directory} has QuickJS-ng 0.18`);
});

test('other bytes of the known version are refused', () => {
  const swapped = { version: lastGood.version, sha256: '00'.repeat(32) };
  expect(() => requireKnown(swapped)).toThrow('has another checksum');
});

test('a directory without the source is refused, by name of what is missing', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'terrarium-engine-'));
  onTestFinished(() => rmSync(empty, { recursive: true }));
  await expect(provideSource(empty, () => {})).rejects.toThrow(
    `${empty} is not QuickJS-ng's source: it has no quickjs.c`,
  );
});

test('without apt it says so, and what to do', async () => {
  vi.stubEnv('PATH', '/nowhere');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  await expect(fetchSource(() => {})).rejects.toThrow(
    expect.objectContaining({
      message: expect.stringContaining('there is no apt here'),
      hint: expect.stringContaining('npm run build -- --engine-source DIR'),
    }),
  );
});
