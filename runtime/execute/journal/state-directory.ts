// The state directory: where it is, whether it can be trusted, and files in it, created without
// following links.
import { constants, lstatSync, openSync, rmSync, type Stats } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathOf } from '../../base/bytes.ts';
import { HostError } from '../../base/errors.ts';
import { isErrno } from '../../cgroups/files.ts';
import { namesIn } from '../../host/files.ts';
import { ownVariable } from '../../host/process/invocation.ts';
import { claimsDirectory } from '../../network/addresses.ts';
import { stateUnwritable } from './unwritable.ts';

const GROUP_AND_OTHER_WRITE = 0o022;

/**
 * TERRARIUM_STATE names another place than /run/terrarium, for trying things out beside the host's
 * own containers.
 */
export function stateRoot(): string {
  const given = ownVariable('TERRARIUM_STATE');
  return given ? resolve(given) : '/run/terrarium';
}

const trusted = new Set<string>();

/**
 * Journals name what root kills and deletes, so only the owner may have written them. Checked
 * once a process.
 *
 * @throws HostError for a directory of another user, one that others can write, a symbolic link, or
 * no directory.
 */
export function requireTrusted(root: string): void {
  if (trusted.has(root)) return;
  const found = lookAt(root);
  // Does not exist yet: we create it.
  if (!found) return;
  const wrong = fault(root, found, process.geteuid?.() ?? 0);
  if (wrong)
    throw new HostError('state directory', `the state directory ${root} ${wrong.problem}`, {
      hint: `${wrong.remedy}, or name another place in TERRARIUM_STATE`,
    });
  trusted.add(root);
}

function lookAt(root: string): Stats | undefined {
  try {
    return lstatSync(pathOf(root), { throwIfNoEntry: false });
  } catch (cause) {
    const why = isErrno(cause) ? `: ${cause.code}` : '';
    throw new HostError(
      'state directory',
      `the state directory ${root} cannot be looked at${why}`,
      {
        hint: 'name another place in TERRARIUM_STATE',
        cause,
      },
    );
  }
}

/** Why a state directory cannot be trusted; undefined when it can. Pure. */
function fault(
  root: string,
  found: Pick<Stats, 'uid' | 'mode' | 'isSymbolicLink' | 'isDirectory'>,
  euid: number,
): { readonly problem: string; readonly remedy: string } | undefined {
  if (found.isSymbolicLink())
    return { problem: 'is a symbolic link', remedy: 'name the directory that it leads to' };
  if (!found.isDirectory()) return { problem: 'is not a directory', remedy: `remove ${root}` };
  if (found.uid !== euid && found.uid !== 0)
    return {
      problem: `belongs to user ${found.uid}, who could have planted anything in it`,
      remedy: `look into it, then \`chown ${euid} ${root}\``,
    };
  if ((found.mode & GROUP_AND_OTHER_WRITE) !== 0)
    return {
      problem: `can be written by others (mode ${(found.mode & 0o7777).toString(8)})`,
      remedy: `look into it, then \`chmod go-w ${root}\``,
    };
  return undefined;
}

/**
 * The names in it; none when it does not exist. @throws HostError when it cannot be trusted or
 * read.
 */
export function stateNames(root: string): string[] {
  requireTrusted(root);
  try {
    return namesIn(root);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw new HostError('state directory', `the state directory ${root} cannot be read`, {
      hint: isErrno(error, 'EACCES') ? 'run it with sudo' : undefined,
      cause: error,
    });
  }
}

/**
 * Creates a file of a container whose id is claimed, in place of any leftover. Never follows a
 * link.
 *
 * @throws HostError when it cannot be made.
 */
export function createFresh(path: string, flags: number): number {
  const open = () =>
    openSync(
      pathOf(path),
      flags | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
  try {
    try {
      return open();
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
      rmSync(pathOf(path), { recursive: true });
      return open();
    }
  } catch (error) {
    throw stateUnwritable(stateRoot(), error);
  }
}

/**
 * Whether a path is a claim in this state directory: no other file is ever released. Pure.
 */
export function isClaim(root: string, path: string): boolean {
  const below = join(claimsDirectory(root), '/');
  const parts = path.slice(below.length).split('/');
  return path.startsWith(below) && parts.every((part) => !['', '.', '..'].includes(part));
}
