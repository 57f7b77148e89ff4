// Why there is nothing to execute: a name that PATH does not lead to, a link to nothing, a slip of
// the finger.
import { suggest } from '../../config/suggest.ts';
import type { ExecOp } from '../../plan/operations.ts';
import type { Resolution, RootfsProbe } from '../../rootfs/probe.ts';
import type { StepError } from '../diagnose.ts';
import type { HostPath } from './host-path.ts';

/** A candidate, where it is, and what was found there. */
export interface Sought {
  readonly shown: string;
  readonly hostPath: HostPath;
  readonly found: Resolution;
}

/** A link to nothing, a link to itself, a file where a directory is expected. */
function trouble({ shown, hostPath, found }: Sought): string | undefined {
  const link = found.links.at(-1);
  const at = link && hostPath.inside(link.path);
  if (found.kind === 'loop' && link)
    return `${shown} is a symbolic link that leads back to itself: ${at} says ${link.to}`;
  if (found.kind === 'blocked')
    return `${at ? `${at}, a symbolic link to ${link.to},` : hostPath.inside(found.path)} is no directory, so there is nothing below it`;
  if (found.kind === 'absent' && link)
    return `${at} is a symbolic link to ${link.to}, and there is no ${found.path} in ${hostPath.within}`;
  if (found.kind === 'absent' && hostPath.fresh !== undefined)
    return `${shown} is on ${hostPath.fresh}: nothing is in there at first`;
  return undefined;
}

export function missingFile(
  command: string,
  way: readonly Sought[],
  { rootfs }: StepError,
): string | undefined {
  const [sought] = way;
  if (!sought) return undefined;
  const { hostPath, found } = sought;
  const known = trouble(sought);
  if (known !== undefined || found.kind !== 'absent') return known;
  const slash = found.path.lastIndexOf('/');
  const near = suggest(
    found.path.slice(slash + 1),
    hostPath.probe.list(found.path.slice(0, slash) || '/'),
  );
  const shell =
    command !== '/bin/sh' &&
    hostPath.within === rootfs &&
    hostPath.probe.resolve('/bin/sh').kind === 'there'
      ? '; there is a /bin/sh'
      : '';
  const rest =
    near === undefined
      ? shell
      : `; did you mean ${hostPath.inside(`${found.path.slice(0, slash)}/${near}`)}?`;
  return `there is no ${found.path} in ${hostPath.within}${rest}`;
}

export function missingCommand(
  command: string,
  op: ExecOp,
  way: readonly Sought[],
  error: StepError,
  probe: RootfsProbe,
): string {
  for (const sought of way) {
    // A directory of PATH may be a link, too; only a link of the command's own name tells why it is
    // not there.
    const known = sought.found.links.at(-1)?.path.endsWith(`/${command}`)
      ? trouble(sought)
      : undefined;
    if (known !== undefined) return known;
  }
  const directories = op.candidates.map(
    (candidate) => candidate.slice(0, -command.length - 1) || '/',
  );
  if (directories.every((directory) => probe.resolve(directory).kind !== 'there'))
    return `PATH is ${directories.join(':')}, and ${error.rootfs} has none of these directories: is it a whole root file system?`;
  const names = new Map(
    directories
      .toReversed()
      .flatMap((directory) =>
        probe.list(directory).map((name): [string, string] => [name, directory]),
      ),
  );
  const near = suggest(command, names.keys());
  const rest =
    near === undefined
      ? 'a command elsewhere needs its whole path'
      : `did you mean ${near}, in ${names.get(near)}?`;
  return `${command} is in none of the directories of PATH (${directories.join(', ')}); ${rest}`;
}
