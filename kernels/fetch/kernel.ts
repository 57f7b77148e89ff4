// Fetches a kernel of the catalogue: downloads, verifies and unpacks its image and modules. Nothing
// is installed.
import { execFile } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { type Package, Suite } from '../../fixtures/debian/apt.ts';
import { type DebianKernel, isArm64, type Kernel, type UmlKernel } from './catalogue.ts';
import { PATHS } from './paths.ts';

const run = promisify(execFile);

export interface FetchedKernel {
  /** The bootable image. */
  readonly image: string;
  /** Directory with kernel/, modules.dep …; undefined when everything is built in. */
  readonly modules: string | undefined;
  /** The release that uname(1) will print, as far as the package tells. */
  readonly release: string;
  readonly packages: readonly {
    readonly name: string;
    readonly version: string;
    readonly sha256: string;
  }[];
}

/** @throws Error with one line: why the kernel cannot be fetched. */
export async function fetchKernel(
  kernel: Kernel,
  say: (line: string) => void,
): Promise<FetchedKernel> {
  if (kernel.kind === 'debian') return fetchDebian(kernel, say);
  if (kernel.kind === 'uml') return fetchUml(kernel, say);
  const { image, modules } = kernel;
  if (!existsSync(image)) throw new Error(`no such kernel image: ${image}`);
  const inside = modules === undefined ? undefined : modulesBelow(modules);
  return {
    image,
    modules: inside,
    release: inside === undefined ? basename(image) : basename(inside),
    packages: [],
  };
}

async function fetchDebian(
  kernel: DebianKernel,
  say: (line: string) => void,
): Promise<FetchedKernel> {
  const suite = new Suite(kernel.suite, PATHS.apt, isArm64(kernel) ? 'arm64' : 'amd64');
  await suite.update(say);
  const name = (await suite.named(kernel.packages)).at(-1);
  if (name === undefined)
    throw new Error(`${kernel.suite} has no package that matches ${kernel.packages.source}`);
  const first = await suite.show(name);
  const packages = [first, ...(await partsOf(first, suite))];
  requireKnown(kernel, first);
  const directory = join(PATHS.kernels, `${name}_${first.version.replaceAll(/[^\w.+~-]/g, '_')}`);
  if (!existsSync(join(directory, 'complete'))) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    for (const one of packages)
      await run('dpkg-deb', ['-x', await suite.download(one, say), directory]);
    writeFileSync(join(directory, 'complete'), '');
  }
  return { ...unpacked(directory), packages };
}

/**
 * The program with the C library it was built for. Patches in the loader and the library path,
 * because it cannot be started through a loader.
 */
async function fetchUml(kernel: UmlKernel, say: (line: string) => void): Promise<FetchedKernel> {
  const suite = new Suite(kernel.suite, PATHS.apt);
  const libraries = new Suite(kernel.librarySuite, PATHS.apt);
  for (const one of [suite, libraries]) await one.update(say);
  const packages = [await suite.show('user-mode-linux'), await libraries.show('libc6')] as const;
  const [{ version }] = packages;
  const directory = join(PATHS.kernels, `user-mode-linux_${version}`);
  const image = join(directory, 'usr/bin/linux.uml');
  if (!existsSync(join(directory, 'complete'))) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    await run('dpkg-deb', ['-x', await suite.download(packages[0], say), directory]);
    await run('dpkg-deb', ['-x', await libraries.download(packages[1], say), directory]);
    const place = join(directory, 'usr/lib/x86_64-linux-gnu');
    await run('patchelf', [
      '--set-interpreter',
      join(place, 'ld-linux-x86-64.so.2'),
      '--set-rpath',
      place,
      image,
    ]);
    writeFileSync(join(directory, 'complete'), '');
  }
  const [release = version] = readdirSync(join(directory, 'usr/lib/uml/modules'));
  return { image, modules: join(directory, 'usr/lib/uml/modules', release), release, packages };
}

/** From 6.19 on the image is a metapackage: binary and modules of the same version belong to it. */
async function partsOf({ depends, version }: Package, suite: Suite): Promise<Package[]> {
  const parts = await Promise.all(
    depends
      .filter((name) => /^linux-(binary|modules)-\d/.test(name))
      .map((name) => suite.show(name)),
  );
  return parts.filter((part) => part.version === version);
}

/** Refuses a known version with another checksum. */
function requireKnown({ known }: DebianKernel, { name, version, sha256 }: Package): void {
  if (known?.name === name && known.version === version && known.sha256 !== sha256)
    throw new Error(
      `${name} ${version} is not the file that the catalogue knows (sha256 ${sha256})`,
    );
}

function unpacked(directory: string): Pick<FetchedKernel, 'image' | 'modules' | 'release'> {
  const image = globSync('{boot,usr/lib/modules/*}/vmlinuz*', { cwd: directory })[0];
  const modules = globSync('{lib,usr/lib}/modules/*', { cwd: directory })[0];
  if (image === undefined) throw new Error(`no kernel image in the package: ${directory}`);
  return {
    image: join(directory, image),
    modules: modules === undefined ? undefined : join(directory, modules),
    release: modules === undefined ? basename(image) : basename(modules),
  };
}

/**
 * `make modules_install INSTALL_MOD_PATH=DIR` makes DIR/lib/modules/RELEASE; either directory may
 * be given.
 */
function modulesBelow(directory: string): string {
  if (existsSync(join(directory, 'kernel'))) return directory;
  const parent = join(directory, 'lib/modules');
  const [release] = existsSync(parent) ? readdirSync(parent) : [];
  if (release === undefined)
    throw new Error(
      `no modules in ${directory}: give the directory that make modules_install was given`,
    );
  return join(parent, release);
}

/** Text of `modules.dep`; runs depmod(8) if the package has none. */
export async function moduleIndex(
  modules: string,
  release: string,
): Promise<{ dependencies: string; builtIn: string }> {
  if (!existsSync(join(modules, 'modules.dep')))
    await run('depmod', ['-b', modules.replace(/\/lib\/modules\/.*$/, ''), release]);
  const read = (name: string) =>
    existsSync(join(modules, name)) ? readFileSync(join(modules, name), 'utf8') : '';
  return { dependencies: read('modules.dep'), builtIn: read('modules.builtin') };
}
