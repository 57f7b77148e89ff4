// The files of the Debian package: the executable, its man pages and completions, and what Debian's
// policy asks for.
import { createHash } from 'node:crypto';
import { chmodSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import checkout from '../../package.json' with { type: 'json' };
import { copyright, installInto, put, RELEASED } from './tree.ts';

const MAINTAINER = 'the Terrarium authors <terrarium@localhost>';

const OVERRIDES = `# It starts in any root file system, and loads nothing.
${checkout.name}: statically-linked-binary [usr/bin/terrarium]
${checkout.name}: shared-library-lacks-prerequisites [usr/bin/terrarium]
# Nothing is published yet, so the authors have no address.
${checkout.name}: bogus-mail-host *
${checkout.name}: bogus-mail-host-in-debian-changelog *
`;

/** Writes the tree that dpkg-deb(1) packs. `architecture` as Debian names it. */
export async function stageDebian(
  stage: string,
  executable: string,
  architecture: string,
): Promise<void> {
  await installInto(join(stage, 'usr'), executable, true);
  const { name } = checkout;
  const documents = join(stage, 'usr/share/doc', name);
  put(join(documents, 'copyright'), copyright());
  put(join(documents, 'changelog.gz'), gzipSync(changelog(), { level: 9 }));
  put(join(stage, 'usr/share/lintian/overrides', name), OVERRIDES);
  const files = globSync('usr/**', { cwd: stage }).sort();
  const inDirectories = files.filter((path) => statSync(join(stage, path)).isDirectory());
  for (const path of ['', ...inDirectories]) chmodSync(join(stage, path), 0o755);
  const contents = files.filter((path) => !inDirectories.includes(path));
  const bytes = contents.reduce((sum, path) => sum + statSync(join(stage, path)).size, 0);
  put(join(stage, 'DEBIAN/md5sums'), contents.map((path) => md5Line(stage, path)).join(''));
  put(join(stage, 'DEBIAN/control'), control(architecture, Math.ceil(bytes / 1024)));
}

/** deb-control(5); the size in KiB. */
function control(architecture: string, installedSize: number): string {
  return `Package: ${checkout.name}
Version: ${checkout.version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${installedSize}
Section: admin
Priority: optional
Recommends: iproute2
Description: run and explain Linux containers without a daemon
 Terrarium starts containers from a root directory: namespaces, control groups,
 capabilities and seccomp, planned as data before anything is done. "explain"
 prints every step of the plan, and "gc" undoes what a killed runtime left.
 .
 One static executable, without a daemon and without other packages.
`;
}

/** deb-changelog(5). */
function changelog(): string {
  const date = RELEASED.toUTCString().replace('GMT', '+0000');
  return `${checkout.name} (${checkout.version}) unstable; urgency=medium

  * Release ${checkout.version}. CHANGELOG.md of the sources lists what changed.

 -- ${MAINTAINER}  ${date}
`;
}

function md5Line(stage: string, path: string): string {
  const sum = createHash('md5').update(readFileSync(join(stage, path)));
  return `${sum.digest('hex')}  ${path}\n`;
}
