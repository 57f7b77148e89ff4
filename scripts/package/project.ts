// A project that installs the packages, for the checks: outside of the checkout, so that nothing of
// its node_modules is found.
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { closureOf, installedIn } from './packages.ts';

const root = join(import.meta.dirname, '../..');
const tarballs = join(root, 'build/npm');
/** The default root file system, which the programs find at the path that the documents use. */
const ROOTFS = join(root, 'fixtures/rootfs/out/default');
const DOCUMENTED = '/srv/rootfs';

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without what npm and the test runner have set. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|VITEST|TERRARIUM_)/i.test(name)),
  );
}

/** Runs a program to its end, for at most two minutes; never throws for its status. */
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

/** npm's own scripts, of the npm that runs this, or else of the one on PATH. */
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

  /** npm install FILE…, with a cache that knows nothing and a registry of the caller's. */
  install(node: string, registry: string, ...files: readonly string[]): Promise<Ended> {
    const settings = [`--registry=${registry}`, `--cache=${join(this.directory, 'cache')}`];
    const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--fetch-retries=0'];
    const words = [npmScript('npm-cli.js'), 'install', ...settings, ...quiet];
    const named = files.map((file) => join(tarballs, file));
    return run(node, [...words, ...named], this.directory);
  }

  /** As if these were its dependencies, of the checkout's versions, with all that they need. */
  add(...names: readonly string[]): void {
    const paths = closureOf(names, installedIn(root));
    execFileSync('cp', ['-r', '--parents', ...paths, this.directory], { cwd: root });
  }

  /** Copies what lies in a directory of the checkout. */
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

  /** Runs `node` on a file, where the documents' root file system is. */
  node(node: string, ...args: readonly string[]): Promise<Ended> {
    return this.#inside([node, ...args], environment());
  }

  /** npx --no-install terrarium …, with this Node. */
  npx(node: string, ...args: readonly string[]): Promise<Ended> {
    const npx = [node, npmScript('npx-cli.js'), '--no-install', 'terrarium', ...args];
    return this.#inside(npx, { ...environment(), npm_config_update_notifier: 'false' });
  }

  /** In a mount namespace of its own: nothing is mounted for the host. */
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
