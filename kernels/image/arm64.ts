// The root image of an arm64 guest on another machine: Debian's arm64 packages, the cross-compiled
// executable, addon, init and workloads, and npm's packages for that processor. None of it runs
// here.
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { sourceLine } from '../../fixtures/debian/apt.ts';
import { applets } from '../../fixtures/rootfs/busybox.ts';
import { defaultLayout } from '../../fixtures/rootfs/layout.ts';
import { writeTree } from '../../fixtures/rootfs/tree.ts';
import { compileWorkloads } from '../../fixtures/rootfs/workloads.ts';
import { PATHS, PROJECT } from '../fetch/paths.ts';
import { erofsImage } from './erofs.ts';
import { digestOfSources, stageEtc, stageModules, stageSources } from './root.ts';

const run = promisify(execFile);
const words = (text: string) => text.trim().split(/\s+/);

const SUITE = 'bookworm';
const COMPILER = 'aarch64-linux-gnu-gcc';
/** What the specs type, of util-linux, iproute2 and others; what Node needs. */
const PACKAGES = words(`
  bash dash coreutils util-linux util-linux-extra bsdutils mount iproute2 procps grep sed findutils
  libcap2-bin busybox-static mawk e2fsprogs libstdc++6 hostname libc-bin tar gzip kmod`);
/** Files of `npm run build -- --arch arm64`, by their paths in the checkout, and in the image. */
const BUILT = [
  ['build/arm64/terrarium.node', 'build/terrarium.node'],
  ['build/arm64/terrarium-init', 'build/terrarium-init'],
  ['build/release/arm64/terrarium', 'build/release/terrarium'],
  ['build/release/arm64/inputs.sh', 'build/release/inputs.sh'],
] as const;

const PLACE = dirname(PATHS.arm64);
/** Debian's packages, unpacked. */
const SYSTEM = join(PLACE, 'system');
const MODULES = join(PLACE, 'npm');
export const ARM64_BUSYBOX = join(SYSTEM, 'bin/busybox');

/**
 * Path of the image; rebuilt when any file in it has changed.
 *
 * @throws Error where arm64 was not built
 */
export async function arm64Image(say: (line: string) => void): Promise<string> {
  const missing = BUILT.map(([from]) => from).find((path) => !existsSync(join(PROJECT, path)));
  if (missing !== undefined)
    throw new Error(`there is no ${missing}: npm run build -- --arch arm64`);
  mkdirSync(PLACE, { recursive: true });
  await system(say);
  await modules(say);
  const workloads = await compileWorkloads(say, join(PLACE, 'workloads'), COMPILER);
  const built = BUILT.map(([from]) => from);
  const inputs = await digestOfSources([...built, SYSTEM, MODULES, join(PLACE, 'workloads')]);
  return erofsImage(PATHS.arm64, inputs, async (stage) => {
    say('building the arm64 guests’ root image');
    await run('cp', ['-a', SYSTEM, stage]);
    const project = join(stage, 'terrarium');
    await stageSources(project);
    for (const [from, to] of BUILT) await copy(join(PROJECT, from), join(project, to));
    const sums = 'workloads/SHA256SUMS';
    await copy(join(PLACE, sums), join(project, 'build', sums));
    await stageModules(join(MODULES, 'node_modules'), join(project, 'node_modules'), 'arm64');
    const rootfs = join(project, 'fixtures/rootfs/out/default');
    mkdirSync(rootfs, { recursive: true });
    // Both are Debian's, and have the same applets.
    const names = await applets(join(PROJECT, 'fixtures/rootfs/out/default/bin/busybox'));
    await writeTree(rootfs, defaultLayout(ARM64_BUSYBOX, names, workloads), 0);
    for (const path of names) linkApplet(stage, path);
    stageEtc(stage);
  });
}

/** Unpacks the packages once. They are not configured: nothing could run here. */
async function system(say: (line: string) => void): Promise<void> {
  const source = await sourceLine(SUITE, 'arm64');
  const inputs = JSON.stringify([PACKAGES, source]);
  if (isStamped(SYSTEM, inputs)) return;
  say('unpacking Debian for arm64 (mmdebstrap, 60 MB)');
  rmSync(SYSTEM, { recursive: true, force: true });
  const include = `--include=${PACKAGES.join(',')}`;
  const how = ['--quiet', '--variant=extract', '--architectures=arm64', include];
  await run('mmdebstrap', [...how, SUITE, SYSTEM, source.trim()], { maxBuffer: 1 << 26 });
  // One directory for /bin and /usr/bin, as an installed Debian has.
  const merge = `cd "$1" && for name in bin sbin lib; do
      cp -a $name/. usr/$name/ && rm -r $name && ln -s usr/$name $name || exit
    done
    rm -rf usr/share/doc usr/share/man usr/share/locale usr/share/perl* usr/lib/*/perl* var/cache
    mkdir -p terrarium`;
  await run('sh', ['-c', merge, 'sh', SYSTEM]);
  stamp(SYSTEM, inputs);
}

/** npm's packages for arm64, by the lockfile. */
async function modules(say: (line: string) => void): Promise<void> {
  const files = ['package.json', 'package-lock.json', '.npmrc'];
  const inputs = files.map((name) => readFileSync(join(PROJECT, name), 'utf8')).join('\n');
  if (isStamped(MODULES, inputs)) return;
  say('npm ci for arm64');
  rmSync(MODULES, { recursive: true, force: true });
  mkdirSync(MODULES);
  for (const name of files) cpSync(join(PROJECT, name), join(MODULES, name));
  const { npm_execpath: script, npm_node_execpath: node } = process.env;
  const [program, before] = script && node ? [node, [script]] : ['npm', []];
  const how = ['ci', '--ignore-scripts', '--prefer-offline', '--os=linux', '--cpu=arm64'];
  await run(program, [...before, ...how], { cwd: MODULES, maxBuffer: 1 << 26 });
  stamp(MODULES, inputs);
}

function isStamped(place: string, inputs: string): boolean {
  const file = `${place}.inputs`;
  return existsSync(place) && existsSync(file) && readFileSync(file, 'utf8') === inputs;
}

function stamp(place: string, inputs: string): void {
  writeFileSync(`${place}.inputs`, inputs);
}

async function copy(from: string, to: string): Promise<void> {
  mkdirSync(dirname(to), { recursive: true });
  await run('cp', ['-p', from, to]);
}

/** A link to BusyBox, for a program that Debian lacks. */
function linkApplet(stage: string, path: string): void {
  const name = path.replace(/^.*\//, '');
  const there = ['bin', 'sbin'].map((directory) => join(stage, 'usr', directory, name));
  if (there.some((file) => lstatSync(file, { throwIfNoEntry: false }) !== undefined)) return;
  symlinkSync('busybox', join(stage, 'usr/bin', name));
}
