// A project that installs the packages, for the checks: outside the checkout, so its node_modules
// are not found.
import { execFile, execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { closureOf, installedIn } from './packages.ts';

const root = join(import.meta.dirname, '../..');
const tarballs = join(root, 'build/npm');
/** The default root file system, at the path of the documents. */
const ROOTFS = join(root, 'fixtures/rootfs/out/default');
const DOCUMENTED = '/srv/rootfs';

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without variables of npm and the test runner. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|VITEST|TERRARIUM_)/i.test(name)),
  );
}

/** Runs a program for at most two minutes; does not throw for its status. */
async function run(
  file: string,
  args: readonly string[],
  cwd: string,
  env = environment(),
): Promise<Ended> {
  try {
    const { stdout, stderr } = await promisify(execFile)(file, args, {
      cwd,
      env,
      timeout: 120_000,
    });
    return { status: 0, stdout, stderr };
  } catch (error) {
    if (!(error instanceof Error && 'stdout' in error && 'stderr' in error && 'code' in error))
      throw error;
    return {
      status: Number(error.code),
      stdout: String(error.stdout),
      stderr: String(error.stderr),
    };
  }
}

/** The scripts of the running npm, or else of the one on PATH. */
function npmScript(name: 'npm-cli.js' | 'npx-cli.js'): string {
  const { npm_execpath: running, PATH = '' } = process.env;
  if (running !== undefined) return join(dirname(running), name);
  for (const directory of PATH.split(delimiter)) {
    try {
      return join(dirname(realpathSync(join(directory, 'npm'))), name);
    } catch {
      // The next one.
    }
  }
  throw new Error('npm is not installed');
}

export class Project implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'terrarium-project-'));

  constructor() {
    this.write('package.json', '{ "type": "module" }');
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true });
  }

  write(name: string, text: string): string {
    const file = join(this.directory, name);
    writeFileSync(file, text);
    return file;
  }

  /** npm install FILE…, with an empty cache and the caller's registry. */
  install(node: string, registry: string, ...files: readonly string[]): Promise<Ended> {
    const settings = [`--registry=${registry}`, `--cache=${join(this.directory, 'cache')}`];
    const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--fetch-retries=0'];
    const words = [npmScript('npm-cli.js'), 'install', ...settings, ...quiet];
    const named = files.map((file) => join(tarballs, file));
    return run(node, [...words, ...named], this.directory);
  }

  /** Links these as dependencies in the checkout's versions, with their own dependencies. */
  add(...names: readonly string[]): void {
    const paths = closureOf(names, installedIn(root));
    execFileSync('cp', ['-r', '--parents', ...paths, this.directory], { cwd: root });
  }

  /** Copies a directory of the checkout. */
  copy(directory: string): void {
    cpSync(join(root, directory), this.directory, { recursive: true });
  }

  /** Checks the types of files, and writes JavaScript to `compiled/`. */
  compile(files: readonly string[], compilerOptions: object): Promise<Ended> {
    const strict = {
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      module: 'nodenext',
      outDir: 'compiled',
    };
    const config = { compilerOptions: { ...strict, ...compilerOptions }, files };
    this.write('tsconfig.json', JSON.stringify(config));
    return run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], this.directory);
  }

  /** Runs `node` on a file, with the documents' root file system. */
  node(node: string, ...args: readonly string[]): Promise<Ended> {
    return this.#inside([node, ...args], environment());
  }

  /** npx --no-install terrarium …, on this Node. */
  npx(node: string, ...args: readonly string[]): Promise<Ended> {
    const npx = [node, npmScript('npx-cli.js'), '--no-install', 'terrarium', ...args];
    return this.#inside(npx, {
      ...environment(),
      npm_config_update_notifier: 'false',
      TERRARIUM_START: 'sources',
    });
  }

  /** The installed command, with no Node to be found. */
  command(...args: readonly string[]): Promise<Ended> {
    const tools = join(this.directory, 'tools');
    mkdirSync(tools, { recursive: true });
    symlinkSync('/bin/readlink', join(tools, 'readlink'));
    const alone = ['/usr/bin/env', '-i', `PATH=${tools}`, '/bin/sh'];
    return this.#inside([...alone, 'node_modules/.bin/terrarium', ...args], environment());
  }

  /** In its own mount namespace, so nothing is mounted on the host. */
  #inside(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
    const script = `mkdir -p /srv && mount -t tmpfs none /srv && mkdir ${DOCUMENTED} &&
      mount --bind "$1" ${DOCUMENTED} && shift && exec "$@"`;
    const unshare = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ROOTFS];
    return run('unshare', [...unshare, ...words], this.directory, env);
  }
}

/** The programs of a document: its blocks of TypeScript. */
export function programsIn(document: string): string[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, program = '']) => program);
}
