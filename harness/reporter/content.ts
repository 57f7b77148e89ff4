// The identity of a tree without git: one hash over its files, the same on each machine and after
// each unpacking.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Evidence } from '../evidence/model.ts';
import { textIfThere } from '../observe/if-there.ts';

/**
 * `sha256:…` over `HASH  PATH` lines in the order of their bytes, as sha256sum(1) prints them, of
 * every file that .gitignore does not name. Times, owners and modes do not count; a link counts by
 * its target.
 */
export function contentHash(project: string): string {
  const paths = filesOf(project).toSorted((a, b) =>
    Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)),
  );
  const whole = createHash('sha256');
  for (const { path, link } of paths) {
    const file = join(project, path);
    const content = link ? readlinkSync(file) : readFileSync(file);
    whole.update(`${createHash('sha256').update(content).digest('hex')}  ./${path}\n`);
  }
  return `sha256:${whole.digest('hex')}`;
}

interface File {
  readonly path: string;
  readonly link: boolean;
}

/** Every file that .gitignore does not name, by its path below `project`. */
export function filesOf(project: string): File[] {
  return filesBelow(project, '', ignoring(textIfThere(join(project, '.gitignore'))));
}

function filesBelow(project: string, below: string, ignored: (path: string) => boolean): File[] {
  return readdirSync(join(project, below), { withFileTypes: true }).flatMap((entry): File[] => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (ignored(path) || path === '.git') return [];
    if (entry.isDirectory()) return filesBelow(project, path, ignored);
    return entry.isFile() || entry.isSymbolicLink() ? [{ path, link: entry.isSymbolicLink() }] : [];
  });
}

/** The supported patterns: a path from the root, a name anywhere, `*` at the front. */
function ignoring(patterns: string): (path: string) => boolean {
  const tests = patterns
    .split('\n')
    .map((line) => line.replace(/\/+$/, ''))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((pattern) => {
      const literal = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
      return new RegExp(pattern.includes('/') ? `^${literal}$` : `(^|/)${literal}$`);
    });
  return (path) => tests.some((test) => test.test(path));
}

/** Ten digits of a commit, or of the content hash without git. */
export function shortCommit({ id }: Pick<Evidence['commit'], 'id'>): string {
  return id.replace(/^((?:sha256:)?[0-9a-f]{10})[0-9a-f]{30,}$/, '$1');
}

/** `commit`, or `content` of a tree without git. */
export function commitWord({ id }: Pick<Evidence['commit'], 'id'>): string {
  return id.startsWith('sha256:') ? 'content' : 'commit';
}
