// Fetches the source of the JavaScript engine, QuickJS-ng: Debian's package qjs-src, and applies
// the patches of native/engine/patches, to build/engine/source.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Package, Suite } from '../../fixtures/debian/apt.ts';
import lastGood from '../../native/engine/source.json' with { type: 'json' };
import { messageOf } from '../../runtime/base/errors.ts';
import { applyPatch, parsePatch } from './patches.ts';
import { PATHS, replaceFile } from './paths.ts';

/** Its C, and its license. */
const FILES = '{*.[ch],LICENSE,copyright}';

/** Names the version; written last, so it marks a complete source. */
const STAMP = 'SOURCE';

const GIVE_IT = `give a directory with its source: npm run build -- --engine-source DIR (${known()})`;

/** One line of fact, one of help. */
export class SourceError extends Error {
  readonly hint: string;

  constructor(fact: string, hint: string) {
    super(fact);
    this.hint = hint;
  }
}

function known(): string {
  const { package: name, version, sha256 } = lastGood;
  return `last good: ${name} ${version}, sha256 ${sha256}`;
}

/** @throws SourceError for another series, or other bytes of the version that is known */
export function requireKnown({ version, sha256 }: Pick<Package, 'version' | 'sha256'>): void {
  const { package: name, series, suite } = lastGood;
  if (!version.startsWith(`${series}.`))
    throw new SourceError(
      `Debian ${suite} has ${name} ${version}, and this is written for ${series}.*`,
      GIVE_IT,
    );
  if (version === lastGood.version && sha256 !== lastGood.sha256)
    throw new SourceError(`${name} ${version} has another checksum: sha256 ${sha256}`, GIVE_IT);
}

/** @throws SourceError if `directory` holds no QuickJS-ng of the series */
export function requireSeries(directory: string): void {
  const needed = ['quickjs.c', 'quickjs.h', 'libregexp.c', 'libunicode.c', 'dtoa.c'];
  const missing = needed.find((file) => !existsSync(join(directory, file)));
  if (missing !== undefined)
    throw new SourceError(
      `${directory} is not QuickJS-ng's source: it has no ${missing}`,
      `give the directory that has quickjs.c (${known()})`,
    );
  const header = readFileSync(join(directory, 'quickjs.h'), 'utf8');
  const part = (name: string) =>
    new RegExp(`^#define QJS_VERSION_${name} (\\d+)`, 'm').exec(header)?.[1] ?? '?';
  const found = `${part('MAJOR')}.${part('MINOR')}`;
  if (found !== lastGood.series)
    throw new SourceError(
      `${directory} has QuickJS-ng ${found}, and this is written for ${lastGood.series}.*`,
      known(),
    );
}

/** @throws SourceError, or apt's own error */
export async function fetchSource(say: (line: string) => void): Promise<void> {
  const { package: name, suite } = lastGood;
  if (spawnSync('apt-get', ['--version']).error || spawnSync('dpkg-deb', ['--version']).error)
    throw new SourceError(
      `the engine's source is Debian's package ${name}, and there is no apt here`,
      GIVE_IT,
    );
  const debian = new Suite(suite, PATHS.apt);
  await debian.update(say);
  const found = await debian.show(name);
  requireKnown(found);
  const unpacked = join(PATHS.engine, `${process.pid}.part`);
  try {
    const file = await debian.download(found, say);
    mkdirSync(unpacked);
    execFileSync('dpkg-deb', ['-x', file, unpacked]);
    const source = join(unpacked, 'usr/src/quickjs-ng');
    requireSeries(source);
    cpSync(join(unpacked, 'usr/share/doc', name, 'copyright'), join(source, 'copyright'));
    place(source, `${name} ${found.version} sha256 ${found.sha256}`);
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

function take(directory: string): void {
  requireSeries(directory);
  const copy = join(PATHS.engine, `${process.pid}.part`);
  try {
    mkdirSync(copy);
    for (const file of globSync(FILES, { cwd: directory }))
      cpSync(join(directory, file), join(copy, file));
    place(copy, `from ${directory}`);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function place(source: string, stamp: string): void {
  writeFileSync(join(source, STAMP), `${stamp}\n`);
  rmSync(PATHS.pristine, { recursive: true, force: true });
  renameSync(source, PATHS.pristine);
}

/**
 * Makes build/engine/source from the pristine one. An unchanged file keeps its time, so that it is
 * not compiled again.
 *
 * @throws SourceError for a patch that does not apply
 */
function patchSource(): void {
  const patched = new Map(
    globSync(`{${STAMP},*.[ch],copyright,LICENSE}`, { cwd: PATHS.pristine }).map((name) => [
      name,
      readFileSync(join(PATHS.pristine, name), 'utf8'),
    ]),
  );
  for (const name of globSync('*.patch', { cwd: PATHS.patches }).sort())
    for (const file of parsePatch(readFileSync(join(PATHS.patches, name), 'utf8'))) {
      const before = patched.get(file.path);
      try {
        if (before === undefined) throw new Error(`the source has no ${file.path}`);
        patched.set(file.path, applyPatch(before, file));
      } catch (error) {
        throw new SourceError(`${name}: ${messageOf(error)}`, GIVE_IT);
      }
    }
  mkdirSync(PATHS.source, { recursive: true });
  for (const name of globSync('*', { cwd: PATHS.source }))
    if (!patched.has(name)) rmSync(join(PATHS.source, name));
  for (const [name, text] of patched) replaceFile(join(PATHS.source, name), text);
}

/**
 * Provides build/engine/source; `given` is a directory to take instead of Debian's package.
 *
 * @throws SourceError
 */
export async function provideSource(
  given: string | undefined,
  say: (line: string) => void,
): Promise<void> {
  mkdirSync(PATHS.engine, { recursive: true });
  if (given !== undefined) take(given);
  else if (!existsSync(join(PATHS.pristine, STAMP)))
    await fetchSource(say).catch((error) => {
      throw error instanceof SourceError ? error : new SourceError(messageOf(error), GIVE_IT);
    });
  patchSource();
}
