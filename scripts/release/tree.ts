// The files of a release: what the tarball and the Debian package install, below one prefix.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import checkout from '../../package.json' with { type: 'json' };
import { manPages } from '../man/pages.ts';

export const PROJECT = join(import.meta.dirname, '../..');

/** Of every file of a release, so that the same executable gives the same bytes. */
export const RELEASED = new Date('2026-01-01T00:00:00Z');

/** As Node names it, and as Debian does. */
export const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' } as const;
export type Architecture = keyof typeof ARCHITECTURES;

/** Where each shell looks below /usr/share. */
const COMPLETIONS = {
  bash: 'share/bash-completion/completions/terrarium',
  zsh: 'share/zsh/vendor-completions/_terrarium',
  fish: 'share/fish/vendor_completions.d/terrarium.fish',
} as const;

/**
 * Writes bin/terrarium, the man pages and the completions below `prefix`.
 *
 * @param compressed Debian compresses man pages; other places do not
 */
export async function installInto(
  prefix: string,
  executable: string,
  compressed: boolean,
): Promise<void> {
  put(join(prefix, 'bin/terrarium'), readFileSync(executable), 0o755);
  for (const [file, page] of await manPages()) {
    const path = join(prefix, 'share/man/man1', file);
    if (compressed) put(`${path}.gz`, gzipSync(page, { level: 9 }));
    else put(path, page);
  }
  for (const [shell, path] of Object.entries(COMPLETIONS))
    put(join(prefix, path), completionOf(shell));
}

/** From the sources: the executable may be for another processor. */
function completionOf(shell: string): string {
  return execFileSync(
    process.execPath,
    [join(PROJECT, 'runtime/cli/main.ts'), 'completion', shell],
    { encoding: 'utf8', env: { PATH: process.env.PATH } },
  );
}

/** With the date of the release, and readable for all. */
export function put(path: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, content);
  chmodSync(path, mode);
  utimesSync(path, RELEASED, RELEASED);
}

/** Licenses of all that is in the executable, in Debian's machine-readable form. */
export function copyright(): string {
  const engine = 'build/engine/source/copyright';
  const own = readFileSync(join(PROJECT, 'LICENSE'), 'utf8').trim();
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ${checkout.name}

Files: *
Copyright: 2026 the Terrarium authors
License: Expat
${indented(own.replace(/^[\s\S]*?(?=Permission is)/, ''))}

Files: bin/terrarium
Copyright: 2026 the Terrarium authors
 2017-2026 Fabrice Bellard, Charlie Gordon, Ben Noordhuis, Saul Ibarra Corretge (QuickJS-ng)
 2011-present TJ Holowaychuk (commander); Fabian Hiller (valibot)
 The authors of libseccomp, of the GNU C library and of GCC
License: Expat and LGPL-2.1 and GPL-3 with GCC Runtime Library Exception
 Terrarium, QuickJS-ng, commander and valibot are under the Expat license, as above. Linked
 statically: libseccomp and the GNU C library, under the LGPL-2.1 or later (on Debian
 /usr/share/common-licenses/LGPL-2.1), and GCC's runtime libraries, under the GPL-3 with the GCC
 Runtime Library Exception. \`npm run build\` in Terrarium's sources links them again, with other
 versions if wanted.
${engineNotice(join(PROJECT, engine))}`;
}

/** What the engine's source says of itself, where it came from Debian. */
function engineNotice(path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    return text === '' ? '' : ` .\n The engine's own notice:\n${indented(text)}\n`;
  } catch {
    return '';
  }
}

function indented(text: string): string {
  return text.trim().replace(/^/gm, ' ').replace(/^ $/gm, ' .');
}
