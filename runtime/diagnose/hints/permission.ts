// Why a file that is there may not be executed: EACCES of execve(2).
import type { Stats } from 'node:fs';
import { quoted } from '../../base/bytes.ts';
import { isWithin } from '../../config/paths.ts';
import { parseMountInfo } from '../../host/mountinfo.ts';
import type { RootfsProbe } from '../../rootfs/probe.ts';
import type { StepError } from '../diagnose.ts';
import type { HostPath } from './host-path.ts';
import { confinedBy } from './privileges.ts';

/**
 * `shown` is the path from inside. Undefined when the file itself may be executed: then it is its
 * interpreter that may not.
 */
export function permission(
  shown: string,
  hostPath: HostPath,
  error: StepError,
): string | undefined {
  const found = hostPath.probe.resolve(hostPath.path);
  if (found.kind !== 'there') return undefined;
  const { stats } = found;
  if (stats.isDirectory()) return `${shown} is a directory, not a program`;
  if (!stats.isFile()) return `${shown} is no regular file`;
  const mode = (stats.mode & 0o7777).toString(8);
  if ((stats.mode & 0o111) === 0)
    return `${shown} has no execute permission (mode ${mode}): chmod +x ${shown}`;
  const { user } = error.config.process;
  if (!may(stats, error))
    return `${shown} has mode ${mode} and belongs to ${stats.uid}:${stats.gid}: user ${user.uid}:${user.gid} may not execute it`;
  const closed = closedDirectory(found.path, hostPath.probe, error);
  if (closed !== undefined)
    return `user ${user.uid}:${user.gid} may not go through the directory ${closed}: chmod +x ${closed}, or start as another --user`;
  if (hostPath.noexec) return `${shown} is on a mount with the option noexec: mount it with exec`;
  const mount = mountOf(hostPath.within, hostPath.probe);
  if (mount?.noexec)
    return `${hostPath.within} is on ${mount.point}, which is mounted noexec: move it, or mount -o remount,exec ${mount.point}`;
  return undefined;
}

/** When nothing in the file system explains it. */
export function deniedElsewhere(probe: RootfsProbe): string | undefined {
  const label = confinedBy(probe);
  return label === undefined
    ? undefined
    : `the security profile ${quoted(label)}, which the runtime is under, may forbid it`;
}

/** The x bit that counts for the container's user. Root needs CAP_DAC_OVERRIDE to need but any. */
function may(stats: Stats, { config }: StepError): boolean {
  const { user, capabilities } = config.process;
  if (user.uid === 0 && capabilities.includes('CAP_DAC_OVERRIDE')) return true;
  if (stats.uid === user.uid) return (stats.mode & 0o100) !== 0;
  const inGroup = stats.gid === user.gid || user.additionalGids.includes(stats.gid);
  return (stats.mode & (inGroup ? 0o010 : 0o001)) !== 0;
}

function closedDirectory(path: string, probe: RootfsProbe, error: StepError): string | undefined {
  const parts = path.split('/').slice(1, -1);
  const directories = ['/', ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)];
  return directories.find((directory) => {
    const found = probe.resolve(directory);
    return found.kind === 'there' && !may(found.stats, error);
  });
}

function mountOf(
  path: string,
  probe: RootfsProbe,
): { readonly point: string; readonly noexec: boolean } | undefined {
  const covering = parseMountInfo(probe.readHost('/proc/self/mountinfo') ?? '').filter(
    ({ mountPoint }) => isWithin(path, mountPoint),
  );
  const mount = covering.toSorted((a, b) => b.mountPoint.length - a.mountPoint.length)[0];
  return mount && { point: mount.mountPoint, noexec: mount.options.includes('noexec') };
}
