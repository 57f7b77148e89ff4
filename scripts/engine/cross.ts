// Building for another processor: Debian's cross compiler, and libseccomp for it by apt.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Suite } from '../../fixtures/debian/apt.ts';
import { PATHS } from './paths.ts';
import { SourceError } from './source.ts';

/** A libseccomp.a of any Debian will do: it needs only libc. */
const SUITE = 'bookworm';
const COMPILER = 'aarch64-linux-gnu';
/** Runs the built executable once, to make its snapshot. */
const EMULATOR = 'qemu-aarch64-static';

/**
 * Variables for `make` that build for arm64 on another machine.
 *
 * @throws SourceError where the compiler is missing
 */
export async function crossVariables(say: (line: string) => void): Promise<string[]> {
  if (spawnSync(`${COMPILER}-g++`, ['--version']).error)
    throw new SourceError(
      `there is no ${COMPILER}-g++`,
      'apt-get install g++-aarch64-linux-gnu qemu-user-static',
    );
  const emulated = spawnSync(EMULATOR, ['--version']).error === undefined;
  if (!emulated)
    say(`without ${EMULATOR} (qemu-user-static) the executable has no snapshot: it starts slower`);
  return [
    'ARCH=arm64',
    `CC=${COMPILER}-gcc`,
    `CXX=${COMPILER}-g++`,
    `STRIP=${COMPILER}-strip`,
    `LIBSECCOMP=${await libseccomp(say)}`,
    `EMULATOR=${emulated ? EMULATOR : ''}`,
  ];
}

/** The directory with include/ and lib/; fetched once. */
async function libseccomp(say: (line: string) => void): Promise<string> {
  const place = join(PATHS.engine, 'arm64/libseccomp');
  if (existsSync(join(place, 'complete'))) return place;
  const suite = new Suite(SUITE, PATHS.apt, 'arm64');
  await suite.update(say);
  const found = await suite.show('libseccomp-dev');
  const part = `${place}.${process.pid}.part`;
  try {
    mkdirSync(part, { recursive: true });
    const file = await suite.download(found, say);
    execFileSync('dpkg-deb', ['-x', file, part]);
    cpSync(join(part, 'usr/include'), join(part, 'include'), { recursive: true });
    cpSync(join(part, 'usr/lib/aarch64-linux-gnu'), join(part, 'lib'), {
      recursive: true,
      filter: (path) => !/\.so|pkgconfig/.test(path),
    });
    rmSync(join(part, 'usr'), { recursive: true });
    writeFileSync(join(part, 'complete'), `${found.version} sha256 ${found.sha256}\n`);
    rmSync(place, { recursive: true, force: true });
    renameSync(part, place);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return place;
}
