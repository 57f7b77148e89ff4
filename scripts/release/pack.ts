// Packs the released executable: a tarball and a Debian package, each with its sha256 beside it.
// The same executable gives the same bytes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import checkout from '../../package.json' with { type: 'json' };
import { stageDebian } from './debian.ts';
import {
  ARCHITECTURES,
  type Architecture,
  copyright,
  installInto,
  PROJECT,
  put,
  RELEASED,
} from './tree.ts';

const EPOCH = String(RELEASED.getTime() / 1000);

/** What to pack, and where. */
export interface Packing {
  readonly executable: string;
  readonly architecture: Architecture;
  /** An empty directory for the trees. */
  readonly scratch: string;
  readonly out: string;
}

/** Returns its path. */
export async function makeTarball(packing: Packing): Promise<string> {
  const { executable, architecture, scratch, out } = packing;
  const name = `${checkout.name}-${checkout.version}-linux-${architecture}`;
  const tree = join(scratch, 'tar', name);
  await installInto(tree, executable, false);
  put(join(tree, 'LICENSE'), readFileSync(join(PROJECT, 'LICENSE')));
  put(join(tree, 'copyright'), copyright());
  const archive = join(out, `${name}.tar.gz`);
  const same = ['--sort=name', `--mtime=@${EPOCH}`, '--owner=0', '--group=0', '--numeric-owner'];
  const tar = execFileSync('tar', ['-C', join(scratch, 'tar'), ...same, '-c', name], {
    maxBuffer: 2 ** 28,
  });
  writeFileSync(archive, execFileSync('gzip', ['-9n'], { input: tar, maxBuffer: 2 ** 28 }));
  writeSum(archive);
  return archive;
}

/** Needs dpkg-deb(1). Returns its path. */
export async function makeDebian(packing: Packing): Promise<string> {
  const { executable, architecture, scratch, out } = packing;
  const debianName = ARCHITECTURES[architecture];
  const archive = join(out, `${checkout.name}_${checkout.version}_${debianName}.deb`);
  const tree = join(scratch, 'deb');
  await stageDebian(tree, executable, debianName);
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', tree, archive], {
    env: { ...process.env, SOURCE_DATE_EPOCH: EPOCH },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  writeSum(archive);
  return archive;
}

/** As sha256sum(1) writes and checks it. */
function writeSum(archive: string): void {
  const sum = createHash('sha256').update(readFileSync(archive)).digest('hex');
  writeFileSync(`${archive}.sha256`, `${sum}  ${basename(archive)}\n`);
}
