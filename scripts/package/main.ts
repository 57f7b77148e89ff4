// npm run package: build/npm/*.tgz. The main package has the layout of the checkout, with
// JavaScript and types in place of the sources; the addon, the init and the executable are in a
// separate one.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import checkout from '../../package.json' with { type: 'json' };
import { type PackageIdentity, platformPackage, tarballOf } from '../../runtime/native/parts.ts';
import {
  mainManifest,
  nativeReadme,
  platformManifest,
  probesManifest,
  probesPackage,
  probesReadme,
  withBuiltNames,
} from './manifest.ts';
import { closureOf, importedBy, installedIn, relativeImports } from './packages.ts';

const root = join(import.meta.dirname, '../..');
/** The packages' contents, one directory each, and the packages. */
const staging = join(root, 'build/package');
const out = join(root, 'build/npm');
const platform = `${process.platform}-${process.arch}`;
/** A suite uses its own. */
const FROM_PROJECT = 'vitest';

function run(program: string, args: readonly string[], cwd = root): void {
  execFileSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Under `npm run` the same npm, independent of sudo's PATH. */
function npm(cwd: string, ...args: readonly string[]): void {
  const { npm_execpath: script, npm_node_execpath: node } = process.env;
  if (script && node) run(node, [script, ...args], cwd);
  else run('npm', args, cwd);
}

/** Copies a file or directory of the checkout to the same path. */
function copy(path: string, stage: string, to = path): void {
  mkdirSync(dirname(join(stage, to)), { recursive: true });
  cpSync(join(root, path), join(stage, to), { recursive: true });
}

/**
 * Compiles `entries` and their imports for the oldest Node: features of newer ones are not in `lib`
 * or in its types, and so an error.
 */
function compile(stage: string, entries: readonly string[], options: object): void {
  const types = join(staging, 'types');
  mkdirSync(types, { recursive: true });
  rmSync(join(types, 'node'), { force: true });
  symlinkSync(join(root, 'node_modules/node-oldest-types'), join(types, 'node'));
  const config = join(staging, 'tsconfig.json');
  const compilerOptions = {
    rootDir: root,
    outDir: stage,
    noEmit: false,
    rewriteRelativeImportExtensions: true,
    target: 'es2023',
    lib: ['es2024', 'es2025.iterator', 'es2025.collection', 'esnext.disposable'],
    typeRoots: [types],
    ...options,
  };
  const files = entries.map((entry) => join(root, entry));
  const whole = { extends: join(root, 'tsconfig.json'), compilerOptions, files, include: [] };
  writeFileSync(config, JSON.stringify(whole));
  const compiler = [join(root, 'node_modules/typescript/bin/tsc'), '-p', config];
  execFileSync(process.execPath, compiler, { stdio: ['ignore', 'inherit', 'inherit'] });
}

function stageMain(stage: string): PackageIdentity {
  const entries = Object.values(checkout.exports);
  compile(stage, [...entries, 'runtime/cli/main.ts'], {});
  compile(stage, entries, { declaration: true, emitDeclarationOnly: true });
  finishDeclarations(stage);
  const rooms = readdirSync(stage, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  // The pages' assets, beside the code that reads them.
  for (const asset of globSync(`{${rooms.join()}}/**/*.{css,js}`, { cwd: root }))
    if (!asset.startsWith('reports/out/')) copy(asset, stage);
  const dependencies = bundle(stage);
  for (const program of Object.values(checkout.bin)) {
    copy(program, stage);
    chmodSync(join(stage, program), 0o755);
  }
  copy('docs/package.md', stage, 'README.md');
  // An install of the package links its pages, with --global for man(1) to find.
  run(process.execPath, [join(root, 'scripts/man/main.ts')]);
  copy('build/man', stage, 'man');
  const man = globSync('man/*.1', { cwd: stage }).sort();
  finish(stage, { ...mainManifest(checkout, rooms, dependencies), man });
  return checkout;
}

/**
 * The compiler leaves `.ts` in declarations, which only it can resolve, and drops unused imports,
 * also those of files that extend another package's types.
 */
function finishDeclarations(stage: string): void {
  const declarations = globSync(join(stage, '**/*.d.ts'));
  const augmenting = new Set(
    declarations.filter((file) => readFileSync(file, 'utf8').includes('declare module ')),
  );
  for (const file of declarations) {
    const module = readFileSync(file.replace(/\.d\.ts$/, '.js'), 'utf8');
    const kept = relativeImports(module).filter((specifier) =>
      augmenting.has(join(dirname(file), specifier.replace(/\.js$/, '.d.ts'))),
    );
    const declaration = withBuiltNames(readFileSync(file, 'utf8'));
    writeFileSync(file, declaration + kept.map((name) => `import '${name}';\n`).join(''));
  }
}

/**
 * Copies the packages that the compiled files import, with their dependencies; returns the imported
 * ones, with the versions of the checkout.
 */
function bundle(stage: string): Record<string, string> {
  const versions: Record<string, string> = {
    ...checkout.devDependencies,
    ...checkout.dependencies,
  };
  const files = globSync(join(stage, '**/*.js')).map((file) => readFileSync(file, 'utf8'));
  const imported = [...Object.keys(checkout.dependencies), ...files.flatMap(importedBy)];
  const names = [...new Set(imported)].filter((name) => name !== FROM_PROJECT);
  for (const path of closureOf(names, installedIn(root))) copy(path, stage);
  return Object.fromEntries(
    names.sort().map((name) => {
      const version = versions[name];
      if (version === undefined) throw new Error(`${name} is not in package.json`);
      return [name, version];
    }),
  );
}

function stageNative(stage: string): PackageIdentity {
  mkdirSync(stage);
  copy('build/terrarium-init', stage, 'terrarium-init');
  copy('build/release/terrarium', stage, 'terrarium');
  // Without its symbols there is a quarter less to load.
  const addon = 'terrarium.node';
  run('strip', ['--strip-unneeded', '-o', join(stage, addon), join(root, 'build', addon)]);
  writeFileSync(join(stage, 'README.md'), nativeReadme(checkout, platform));
  finish(stage, platformManifest(checkout, platform));
  return platformPackage(checkout, platform);
}

function stageProbes(stage: string): PackageIdentity {
  const sums = 'build/workloads/SHA256SUMS';
  copy(sums, stage, 'bin/SHA256SUMS');
  for (const line of readFileSync(join(root, sums), 'utf8').trim().split('\n')) {
    const name = line.slice(line.lastIndexOf(' ') + 1);
    copy(`build/workloads/${name}`, stage, `bin/${name}`);
  }
  writeFileSync(join(stage, 'README.md'), probesReadme(checkout, platform));
  finish(stage, probesManifest(checkout, platform));
  return probesPackage(checkout, platform);
}

function finish(stage: string, manifest: object): void {
  copy('LICENSE', stage);
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

function pack(): void {
  for (const directory of [staging, out]) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
  }
  const stages = { main: stageMain, native: stageNative, probes: stageProbes };
  const packages = Object.entries(stages).map(([name, make]) => make(join(staging, name)));
  const paths = Object.keys(stages).map((name) => `./${name}`);
  npm(staging, 'pack', '--silent', '--ignore-scripts', '--pack-destination', out, ...paths);
  rmSync(staging, { recursive: true });
  const [main, native, probes] = packages.map((each) => `./${tarballOf(each)}`);
  console.log(`made in ${out}; in a project: npm install ${main} ${native} (for suites ${probes})`);
}

try {
  pack();
} catch (error) {
  // The compiler's or npm's output is above.
  const what = error instanceof Error ? error.message : String(error);
  console.error(`terrarium: the packages could not be made: ${what}`);
  process.exitCode = 1;
}
