// The files of the addon and the init: built in a checkout, else in the package of the platform.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HostError, messageOf } from '../base/errors.ts';

/** Name and version of a package.json. */
export interface PackageIdentity {
  readonly name: string;
  readonly version: string;
}

export interface NativeFiles {
  readonly addon: string;
  readonly init: string;
}

const ROOT = join(import.meta.dirname, '../..');

/** Whether this is a checkout, which runs its sources, and not what `npm run package` built. */
export const fromSources = import.meta.filename.endsWith('.ts');

/** The platforms that a native part can be built for, as Node names them. */
const PLATFORMS: readonly string[] = ['linux-x64', 'linux-arm64'];

/** The file that `npm pack` makes. */
export function tarballOf({ name, version }: PackageIdentity): string {
  return `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`;
}

/** The package with the native part of one platform. */
export function platformPackage(main: PackageIdentity, platform: string): PackageIdentity {
  return { name: `${main.name}-${platform}`, version: main.version };
}

/** From a specifier to the file that it names: require.resolve of this package. */
type Resolve = (specifier: string) => string;

/** @throws HostError when the package of this platform is not there, or of another version */
export function nativeFiles(resolve: Resolve): NativeFiles {
  if (fromSources) return filesIn(join(ROOT, 'build'));
  const main = identity(join(ROOT, 'package.json'));
  const platform = `${process.platform}-${process.arch}`;
  return filesIn(installed(main, platform, resolve));
}

/**
 * The directory of the package for `platform`.
 *
 * @throws HostError
 */
export function installed(main: PackageIdentity, platform: string, resolve: Resolve): string {
  const missing = (message: string, hint: string, cause?: unknown) =>
    new HostError('native part', message, { hint, cause });
  if (!PLATFORMS.includes(platform))
    throw missing(
      `there is no native part for ${platform}`,
      'Terrarium runs on Linux, on x86-64 and arm64',
    );
  const wanted = platformPackage(main, platform);
  const tarballs = `npm install ./${tarballOf(main)} ./${tarballOf(wanted)}`;
  let found: string;
  try {
    found = resolve(`${wanted.name}/package.json`);
  } catch (cause) {
    throw missing(
      `the package ${wanted.name} is not installed`,
      `install it beside ${main.name}: ${tarballs}`,
      cause,
    );
  }
  const { version } = identity(found);
  if (version !== wanted.version)
    throw missing(
      `${wanted.name} ${version} does not fit ${main.name} ${main.version}`,
      `install both of one version: ${tarballs}`,
    );
  return dirname(found);
}

/** The error for an addon or init that exists but does not load. */
export function unusable(cause: unknown): HostError {
  const message = messageOf(cause);
  return new HostError('native part', `the native part does not load: ${message}`, {
    hint: hintFor(message),
    cause,
  });
}

function hintFor(message: string): string {
  if (/Operation not permitted|Permission denied/.test(message))
    return 'a security module or a filter refuses it: the init starts from memory (memfd_create), so RestrictFileSystems= of a systemd service must leave tmpfs';
  return fromSources
    ? 'sudo sh scripts/setup.sh builds it'
    : 'it needs a libc as new as where it was built: npm run package in a checkout on this host builds one that fits';
}

function filesIn(directory: string): NativeFiles {
  return { addon: join(directory, 'terrarium.node'), init: join(directory, 'terrarium-init') };
}

function identity(file: string): PackageIdentity {
  return JSON.parse(readFileSync(file, 'utf8'));
}
