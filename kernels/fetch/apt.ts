// Packages of any Debian suite, verified by apt. A private configuration leaves the machine's own
// sources alone.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const DAY_MS = 86_400_000;

export interface Package {
  readonly name: string;
  readonly version: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly depends: readonly string[];
}

/** One suite with lists and a cache of its own, all below `directory`. */
export class Suite {
  readonly name: string;
  readonly #directory: string;
  readonly #options: readonly string[];

  constructor(name: string, directory: string) {
    this.name = name;
    this.#directory = join(directory, name);
    this.#options = privateOptions(this.#directory);
  }

  /**
   * Fetches the suite's signed index if there is none, or if it is older than a day. Keeps the old
   * one when the network does not answer.
   */
  async update(say: (line: string) => void): Promise<void> {
    const stamp = join(this.#directory, 'updated');
    if (existsSync(stamp) && Date.now() - statSync(stamp).mtimeMs < DAY_MS) return;
    for (const path of ['lists/partial', 'cache/archives/partial'])
      mkdirSync(join(this.#directory, path), { recursive: true });
    writeFileSync(join(this.#directory, 'status'), '');
    writeFileSync(join(this.#directory, 'sources.list'), await sourceLine(this.name));
    say(`apt: reading the index of ${this.name}`);
    try {
      await run('apt-get', [...this.#options, '-q', 'update', '--error-on=any']);
      writeFileSync(stamp, '');
    } catch (error) {
      if (!existsSync(stamp)) throw aptFailure(error);
      const day = statSync(stamp).mtime.toISOString().slice(0, 10);
      say(`apt: ${this.name} cannot be asked now; its index of ${day} is used`);
    }
  }

  /** Names that match, the newest version last. */
  async named(pattern: RegExp): Promise<string[]> {
    const { stdout } = await run('apt-cache', [...this.#options, 'pkgnames', 'linux-'], {
      maxBuffer: 1 << 26,
    });
    const found = stdout.split('\n').filter((name) => pattern.test(name));
    return found.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  }

  async show(name: string): Promise<Package> {
    const { stdout } = await run('apt-cache', [
      ...this.#options,
      'show',
      '--no-all-versions',
      name,
    ]);
    const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(stdout)?.[1] ?? '';
    return {
      name,
      version: field('Version'),
      sizeBytes: Number(field('Size')),
      sha256: field('SHA256'),
      depends: field('Depends')
        .split(', ')
        .flatMap((one) => /^[^ |]+/.exec(one) ?? []),
    };
  }

  /**
   * Path of the package's file: from the cache if its checksum is the signed index's, else
   * downloaded.
   */
  async download(
    { name, sha256 }: Package,
    say: (line: string) => void,
    sizeBytes: number,
  ): Promise<string> {
    const cache = join(this.#directory, 'packages');
    const path = join(cache, `${name}.deb`);
    if (existsSync(path) && checksum(path) === sha256) return path;
    mkdirSync(cache, { recursive: true });
    say(`apt: downloading ${name} (${Math.round(sizeBytes / 1e6)} MB)`);
    const fresh = join(cache, `${name}.${process.pid}`);
    mkdirSync(fresh);
    try {
      await run(
        'apt-get',
        [...this.#options, '-q', '-o', 'APT::Sandbox::User=root', 'download', name],
        { cwd: fresh },
      );
    } catch (error) {
      throw aptFailure(error);
    }
    const [file] = readdirSync(fresh);
    if (file === undefined || checksum(join(fresh, file)) !== sha256)
      throw new Error(`${name} does not have the checksum of its index`);
    renameSync(join(fresh, file), path);
    await run('rmdir', [fresh]);
    return path;
  }
}

function privateOptions(directory: string): string[] {
  const options = {
    'Dir::State': directory,
    'Dir::State::lists': join(directory, 'lists'),
    'Dir::State::status': join(directory, 'status'),
    'Dir::Cache': join(directory, 'cache'),
    'Dir::Etc::sourcelist': join(directory, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::Etc::preferencesparts': '-',
    'Acquire::Languages': 'none',
    'APT::Architecture': 'amd64',
  };
  return Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

/**
 * The Debian mirror of this host's own sources. Packages are verified with Debian's keyring, so any
 * mirror will do.
 */
export async function sourceLine(suite: string): Promise<string> {
  const security = suite.endsWith('-security');
  const { stdout } = await run('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI) $(LABEL)',
    'Created-By: Packages',
    'Origin: Debian',
  ]);
  const lines = stdout.split('\n').map((line) => line.split(' '));
  const mirror = lines.find(
    ([, label]) => label === (security ? 'Debian-Security' : 'Debian'),
  )?.[0];
  const uri = mirror ?? `http://deb.debian.org/${security ? 'debian-security' : 'debian'}/`;
  if (!existsSync(KEYRING))
    throw new Error(`${KEYRING} is missing: apt-get install debian-archive-keyring`);
  return `deb [signed-by=${KEYRING} arch=amd64] ${uri} ${suite} main\n`;
}

function checksum(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** The last error or warning that apt printed. */
function aptFailure(error: unknown): Error {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  const lines = text.split('\n').filter((line) => /^[EW]:/.test(line));
  return new Error(`apt: ${lines.at(-1) ?? text.trim()}`, { cause: error });
}
