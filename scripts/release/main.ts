// Makes a tarball and a Debian package of the released executable in build/release. --arch: the
// executable's processor.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeDebian, makeTarball } from './pack.ts';
import { PROJECT } from './tree.ts';

const out = join(PROJECT, 'build/release');
const { values } = parseArgs({ options: { arch: { type: 'string', default: process.arch } } });
const architecture = values.arch === 'arm64' ? 'arm64' : 'x64';
const place = architecture === process.arch ? 'terrarium' : `${architecture}/terrarium`;
const executable = join(out, place);
if (existsSync(executable)) {
  const scratch = mkdtempSync(join(out, '.stage-'));
  const packing = { executable, architecture, scratch, out } as const;
  try {
    console.log(await makeTarball(packing));
    if (spawnSync('dpkg-deb', ['--version']).error)
      console.error('terrarium: no .deb: dpkg-deb is missing\n  hint: it is in the package dpkg');
    else console.log(await makeDebian(packing));
  } finally {
    rmSync(scratch, { recursive: true });
  }
} else {
  console.error(`terrarium: ${executable} is not there\n  hint: sudo npm run build`);
  process.exitCode = 1;
}
