// Where a path of the container is on the host: below the root file system, or below a volume's
// source.
import { isWithin } from '../../config/paths.ts';
import type { RootfsProbe } from '../../rootfs/probe.ts';
import type { StepError } from '../diagnose.ts';

export interface HostPath {
  readonly path: string;
  readonly probe: RootfsProbe;
  readonly within: string;
  /** A path of `probe` as from inside the container. */
  readonly inside: (path: string) => string;
  readonly noexec: boolean;
  /** A file system made for this container: there was nothing in it. */
  readonly fresh?: string;
}

export function toHostPath(
  path: string,
  { config, rootfs }: StepError,
  probe: RootfsProbe,
): HostPath {
  const covering = config.mounts.filter((mount) => isWithin(path, mount.destination));
  const mount = covering.toSorted((a, b) => b.destination.length - a.destination.length)[0];
  const inside = (below: string) => below;
  if (!mount) return { path, probe, within: rootfs, inside, noexec: false };
  const noexec = mount.options.includes('noexec');
  if (mount.type !== 'bind')
    return {
      path,
      probe,
      within: rootfs,
      inside,
      noexec,
      fresh: `the ${mount.type} that is mounted on ${mount.destination}`,
    };
  const source = mount.source ?? '/';
  return {
    path: path.slice(mount.destination.length) || '/',
    probe: probe.into(source),
    within: source,
    inside: (below) => `${mount.destination}${below === '/' ? '' : below}`,
    noexec,
  };
}
