// One executable out of the sources, the addon and the init, by Bun, which runs this file.
// scripts/build.sh fetches it.
import { readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { capabilityMask, capabilityNames } from '../../runtime/config/capabilities.ts';
import { DEFAULT_CAPABILITIES } from '../../runtime/config/defaults.ts';
import { architecture } from '../../runtime/host/read.ts';
import { compileSeccomp } from '../../runtime/native/addon.ts';
import { seccompProgram } from '../../runtime/plan/seccomp.ts';
import { LATE_MODULES } from './modules.ts';

interface Path {
  readonly path: string;
}

/** The used part of Bun's bundler (https://bun.com/docs/bundler). */
interface Bundler {
  onLoad(
    which: { filter: RegExp; namespace?: string },
    load: (file: Path) => { readonly contents: string; readonly loader: string },
  ): void;
  onResolve(
    which: { filter: RegExp },
    resolve: (imported: Path) => { readonly path: string; readonly namespace: string },
  ): void;
}

declare const Bun: { build(options: object): Promise<{ readonly success: boolean }> };

const root = join(import.meta.dirname, '../..');
const release = join(root, 'build/release');

/**
 * Files edited during the build are newer than this, and so than the executable: see bin/terrarium.
 */
const begun = new Date();

/** Every source file of the executable; bin/terrarium compares their times. */
const inputs = [
  'build/terrarium.node',
  'build/terrarium-init',
  'scripts/build.sh',
  'scripts/executable/build.ts',
  'scripts/executable/modules.ts',
  'package.json',
];

/** `node:` names never reach a plugin's resolver, so they are replaced in the sources. */
function lateModules(bundler: Bundler): void {
  const late = (text: string) =>
    text.replace(/ from '(node:[a-z_/]+)'/g, (all, name) =>
      Object.hasOwn(LATE_MODULES, name) ? ` from 'late:${name}'` : all,
    );
  bundler.onLoad({ filter: /\.[jt]s$/ }, ({ path }) => {
    if (!path.startsWith(release)) inputs.push(relative(root, path));
    return {
      loader: path.endsWith('.ts') ? 'ts' : 'js',
      contents: late(readFileSync(path, 'utf8')),
    };
  });
  bundler.onResolve({ filter: /^late:node:path$/ }, () => ({
    path: join(root, 'native/engine/node/path.ts'),
    namespace: 'file',
  }));
  bundler.onResolve({ filter: /^late:/ }, ({ path }) => ({
    path: path.slice('late:'.length),
    namespace: 'late',
  }));
  bundler.onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({
    loader: 'js',
    contents: LATE_MODULES[path] ?? '',
  }));
}

/** Embedded files are named in a file of imports, since Bun chooses their names inside. */
function writeEntry(): string {
  const capabilities = capabilityNames(capabilityMask(DEFAULT_CAPABILITIES));
  writeFileSync(
    join(release, 'filter.bpf'),
    compileSeccomp(seccompProgram(capabilities, architecture())),
  );
  const entry = join(release, 'entry.ts');
  writeFileSync(
    entry,
    `import addon from './terrarium.node' with { type: 'file' };
import init from '../terrarium-init' with { type: 'file' };
import filter from './filter.bpf' with { type: 'file' };
import { startReleased } from '../../scripts/executable/entry.ts';
await startReleased({ addon, init, filter, capabilities: ${JSON.stringify(capabilities)} });
`,
  );
  return entry;
}

// Reads nothing of the working directory: a bunfig.toml there could name code to run as root.
const quiet = {
  autoloadDotenv: false,
  autoloadBunfig: false,
  autoloadTsconfig: false,
  autoloadPackageJson: false,
};
const outfile = join(release, `terrarium.${process.pid}.part`);
// A start is too short for compiled code: interpreted it is a quarter faster (entry.ts ends that).
await Bun.build({
  entrypoints: [writeEntry()],
  compile: { outfile, executablePath: process.execPath, jitPolicy: 1000, ...quiet },
  ...{ target: 'bun', format: 'esm', minify: true, bytecode: true },
  plugins: [{ name: 'late modules', setup: lateModules }],
});
writeFileSync(join(release, 'inputs.sh'), `inputs='${inputs.join(' ')}'\n`);
utimesSync(outfile, begun, begun);
renameSync(outfile, join(release, 'terrarium'));
