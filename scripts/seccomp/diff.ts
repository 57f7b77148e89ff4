// npm run seccomp-diff: compares our seccomp profile with podman's, from Debian sid.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Suite } from '../../fixtures/debian/apt.ts';
import { PATHS } from '../../kernels/fetch/paths.ts';
import { changes, expectedDifferences, ownAnswers, presentDifferences } from './compared.ts';
import { COMPARED, DIFFERENCES } from './differences.ts';
import type { ContainersProfile } from './model.ts';

const HELP = `npm run seccomp-diff

Downloads ${COMPARED.package} of Debian sid through a private apt
configuration below build/kernels/apt, and compares its seccomp.json with our profile.
The differences and their reasons are in scripts/seccomp/differences.ts.
Exits 0 when they are still these, 1 when they are not, 2 when the profile cannot be had.
`;

/** The profile's bytes, and the version of the package. Installs nothing. */
async function download(): Promise<{ readonly bytes: Buffer; readonly version: string }> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const suite = new Suite('sid', PATHS.apt);
  await suite.update(say);
  const found = await suite.show(COMPARED.package);
  const file = await suite.download(found, say);
  const directory = mkdtempSync(join(tmpdir(), 'seccomp-diff-'));
  try {
    await promisify(execFile)('dpkg-deb', ['-x', file, directory]);
    return { bytes: readFileSync(join(directory, COMPARED.path)), version: found.version };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function main(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    const help = args.length === 1 && (args[0] === '--help' || args[0] === '-h');
    (help ? process.stdout : process.stderr).write(HELP);
    return help ? 0 : 2;
  }
  const { bytes, version } = await download();
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const profile: ContainersProfile = JSON.parse(bytes.toString());
  const present = presentDifferences(profile);
  const lines = changes(expectedDifferences(DIFFERENCES), present);
  if (sha256 !== COMPARED.sha256)
    lines.push(
      `${COMPARED.package} ${version} has another profile than ${COMPARED.version}: ${sha256}`,
    );
  const own = createHash('sha256').update(ownAnswers()).digest('hex');
  if (own !== COMPARED.ownSha256) lines.push(`our profile has changed: ownSha256 is ${own}`);
  process.stdout.write(
    lines.length === 0
      ? `${present.length} differences to ${COMPARED.package} ${version}, each explained\n`
      : `${lines.join('\n')}\n  hint: fix the profile, or scripts/seccomp/differences.ts\n`,
  );
  return lines.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
