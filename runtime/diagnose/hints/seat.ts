// Where a path of the container is on the host: below the root file system, or below a volume's
// source.
import { isWithin } from '../../config/paths.ts';
import type { Look } from '../../rootfs/look.ts';
import type { StepError } from '../diagnose.ts';

export interface Seat {
  readonly path: string;
  readonly look: Look;
  readonly within: string;
  /** A path of `look` as from inside the container. */
  readonly inside: (path: string) => string;
  readonly noexec: boolean;
  /** A file system made for this container: there was nothing in it. */
  readonly fresh?: string;
}

export function seatOf(path: string, { config, rootfs }: StepError, look: Look): Seat {
  const covering = config.mounts.filter((mount) => isWithin(path, mount.destination));
  const mount = covering.toSorted((a, b) => b.destination.length - a.destination.length)[0];
  const inside = (below: string) => below;
  if (!mount) return { path, look, within: rootfs, inside, noexec: false };
  const noexec = mount.options.includes('noexec');
  if (mount.type !== 'bind')
    return {
      path,
      look,
      within: rootfs,
      inside,
      noexec,
      fresh: `the ${mount.type} that is mounted on ${mount.destination}`,
    };
  const source = mount.source ?? '/';
  return {
    path: path.slice(mount.destination.length) || '/',
    look: look.into(source),
    within: source,
    inside: (below) => `${mount.destination}${below === '/' ? '' : below}`,
    noexec,
  };
}
