// A freshly installed Debian 13 with npm: no compiler, an account with sudo. Made once by
// mmdebstrap from the suite's signed index; each use gets a copy.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { sourceLine } from '../../fixtures/debian/apt.ts';
import { KEPT } from './checkout.ts';
import { type Ended, run } from './run.ts';

const SUITE = 'trixie';
const USER = 'student';
const PACKAGES = ['ca-certificates', 'git', 'npm', 'procps', 'sudo'];
const ACCOUNT = `useradd --create-home --shell /bin/bash ${USER}
echo '${USER} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/${USER}`;
const CACHES = join(KEPT, 'caches');

/** npm settings of this machine's network: a mirror, the certificate of a proxy. */
function npmSettings(root: string): void {
  const setting = (name: string) =>
    execFileSync('npm', ['config', 'get', name], { cwd: '/', encoding: 'utf8' }).trim();
  const lines = [`registry=${setting('registry')}`];
  const certificates = setting('cafile');
  if (existsSync(certificates)) {
    copyFileSync(certificates, join(root, 'etc/npm-ca.crt'));
    lines.push('cafile=/etc/npm-ca.crt');
  }
  writeFileSync(join(root, 'root/.npmrc'), `${lines.join('\n')}\n`);
}

/** Path of the root that copies start from. */
async function made(): Promise<string> {
  const source = (await sourceLine(SUITE)).trim();
  const inputs = JSON.stringify([SUITE, PACKAGES, ACCOUNT, source]);
  const root = join(
    KEPT,
    `debian-${createHash('sha256').update(inputs).digest('hex').slice(0, 12)}`,
  );
  if (existsSync(root)) return root;
  const part = `${root}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(KEPT, { recursive: true });
  await promisify(execFile)(
    'mmdebstrap',
    [
      ...['--quiet', '--variant=minbase', '--skip=cleanup/apt/lists'],
      `--architectures=${process.arch === 'arm64' ? 'arm64' : 'amd64'}`,
      `--include=${PACKAGES.join(',')}`,
      `--customize-hook=chroot "$1" /bin/sh -euc '${ACCOUNT.replaceAll("'", "'\\''")}'`,
      ...[SUITE, part, source],
    ],
    { maxBuffer: 1 << 26 },
  );
  renameSync(part, root);
  return root;
}

export class Debian {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** A copy removed after the test. */
  static async copy(): Promise<Debian> {
    const root = join(KEPT, `run-${process.pid}`);
    const remove = () => rmSync(root, { recursive: true, force: true });
    remove();
    onTestFinished(remove);
    execFileSync('cp', ['-a', '--reflink=auto', await made(), root]);
    npmSettings(root);
    return new Debian(root);
  }

  /** Runs `command`, a line for the user's login shell, on its own terminal. */
  async asUser(
    command: string,
    { network = true, input = '' }: { network?: boolean; input?: string } = {},
  ): Promise<Ended> {
    const apart = [
      '--mount',
      '--pid',
      '--uts',
      '--fork',
      '--kill-child',
      '--propagation',
      'private',
    ];
    const enter = ['sh', join(import.meta.dirname, 'enter.sh'), this.root, 'debian', CACHES];
    return run(
      [
        ...['unshare', ...apart, ...(network ? [] : ['--net']), ...enter],
        ...[
          'su',
          '-',
          USER,
          '-c',
          `exec script -qec '${command.replaceAll("'", "'\\''")}' /dev/null`,
        ],
      ],
      { cwd: '/', input, limitS: 1700 },
    );
  }

  /** Text of a file in it. */
  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }
}
