// Where an installed package finds its native part, and what it says where there is none.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { HostError } from '../base/errors.ts';
import { fromSources, installed, nativeFiles, tarballOf, unusable } from './parts.ts';

const main = { name: '@owner/box', version: '1.2.0' };

/** Resolves as Node does where one package of this version is installed. */
function having(name: string, version: string) {
  const directory = join(mkdtempSync(join(tmpdir(), 'terrarium-parts-')), 'package');
  onTestFinished(() => rmSync(join(directory, '..'), { recursive: true }));
  mkdirSync(directory);
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name, version }));
  const resolve = (specifier: string) => {
    if (specifier !== `${name}/package.json`) throw new Error(`Cannot find package ${specifier}`);
    return join(directory, 'package.json');
  };
  return { directory, resolve };
}

function failure(platform: string, resolve: (specifier: string) => string) {
  try {
    return installed(main, platform, resolve);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return [error.message, error.hint];
  }
}

test('a checkout has what it built', () => {
  expect(fromSources).toBe(true);
  expect(nativeFiles(() => '').addon).toBe(join(import.meta.dirname, '../../build/terrarium.node'));
});

test('a package finds the one of its platform and version', () => {
  const { directory, resolve } = having('@owner/box-linux-arm64', '1.2.0');
  expect(installed(main, 'linux-arm64', resolve)).toBe(directory);
});

test('one that is missing, of another version or for no platform is named', () => {
  const files = 'npm install ./owner-box-1.2.0.tgz ./owner-box-linux-x64-1.2.0.tgz';
  const { resolve } = having('@owner/box-linux-x64', '1.2.1');
  expect(failure('linux-x64', resolve)).toEqual([
    '@owner/box-linux-x64 1.2.1 does not fit @owner/box 1.2.0',
    expect.stringContaining(files),
  ]);
  expect(failure('linux-x64', having('other', '1.2.0').resolve)).toEqual([
    'the package @owner/box-linux-x64 is not installed',
    expect.stringContaining(files),
  ]);
  expect(failure('darwin-arm64', resolve)).toEqual([
    'there is no native part for darwin-arm64',
    expect.stringContaining('Linux'),
  ]);
});

test.each([
  ['memfd_create: Operation not permitted', 'RestrictFileSystems='],
  ['terrarium.node: cannot open shared object file: Permission denied', 'a security module'],
  ["terrarium.node: version `GLIBC_2.99' not found", 'sudo sh scripts/setup.sh'],
])('%s is a refusal or another build', (message, hint) => {
  const error = unusable(new Error(message));
  expect([error.message, error.hint]).toEqual([
    `the native part does not load: ${message}`,
    expect.stringContaining(hint),
  ]);
});

test('a file is named as npm pack does', () => {
  expect(tarballOf({ name: 'box', version: '0.1.0' })).toBe('box-0.1.0.tgz');
  expect(tarballOf(main)).toBe('owner-box-1.2.0.tgz');
});
