// Why the root file system could not be put together: mounts, what they are mounted on, and the
// change of the root.
import { isWithin } from '../../config/paths.ts';
import { parseMountInfo } from '../../host/mountinfo.ts';
import type { InsideOp, Target } from '../../plan/operations.ts';
import type { RootfsProbe } from '../../rootfs/probe.ts';
import type { StepError } from '../diagnose.ts';
import { ERRNO } from './errno.ts';
import { inUserNamespace, notPermitted } from './privileges.ts';

type Of<K extends InsideOp['kind']> = Extract<InsideOp, { kind: K }>;

/**
 * Whatever has a target inside: first what is wrong with the target, as every kind of it may have
 * that.
 */
export function targetHint(
  error: StepError,
  op: Of<'mount' | 'bind' | 'mkdir' | 'mknod' | 'symlink' | 'mask' | 'readonly'>,
  probe: RootfsProbe,
): string | undefined {
  const { errno, syscall, facts } = error;
  const known = onTheWay(error, op.target, probe);
  if (known !== undefined) return known;
  if (op.kind === 'bind') return bindHint(error, op, probe);
  if (op.kind === 'mount') return mountHint(error, op, probe);
  if (op.kind === 'mknod' && errno === ERRNO.EPERM)
    return (
      notPermitted(facts, probe, 'CAP_MKNOD') ??
      "the runtime's own cgroup may forbid making device nodes, as an outer container's does"
    );
  if (op.kind === 'mask' && errno === ERRNO.ENODEV)
    return "the host's /dev/null is not the null device (1:3), and nothing else can mask a file: mknod -m 666 /dev/null c 1 3";
  if ((op.kind === 'mknod' || op.kind === 'symlink') && errno === ERRNO.EEXIST)
    return `${op.target.path} is there already: /dev has to be a fresh tmpfs, so leave its mount as it is`;
  if (syscall === 'mkdirat' || syscall === 'openat2') return undefined;
  return errno === ERRNO.EPERM
    ? notPermitted(facts, probe, 'CAP_SYS_ADMIN')
    : tooMany(errno, probe);
}

/**
 * Symbolic links that are not followed, files in the way, a root file system that takes no new
 * directory.
 */
function onTheWay(
  { errno, syscall, rootfs, config }: StepError,
  target: Target,
  probe: RootfsProbe,
): string | undefined {
  if (syscall !== 'openat2' && syscall !== 'mkdirat') return undefined;
  const { path, nofollow } = target;
  const found = probe.resolve(path);
  const [first] = found.links;
  switch (errno) {
    case ERRNO.ELOOP: {
      if (nofollow && first)
        return `${first.path} of ${rootfs} is a symbolic link to ${first.to}, and the set-up follows none below /proc, /sys and /dev (CVE-2019-19921): replace it by an empty directory`;
      const last = found.links.at(-1);
      return (
        last &&
        `${last.path} of ${rootfs} is a symbolic link to ${last.to} that leads back to itself, or into /proc: replace it`
      );
    }
    case ERRNO.ENOTDIR:
      return `${found.path} of ${rootfs} is a file, and ${path} needs a directory there`;
    case ERRNO.ENOENT: {
      const last = found.links.at(-1);
      return (
        last &&
        `${last.path} of ${rootfs} is a symbolic link to ${last.to}, which is not there: make it, or replace the link`
      );
    }
    case ERRNO.EROFS:
      return config.root.readonly
        ? `there is no ${found.path} in ${rootfs}, and with --read-only it is not made: make it before, or mount where there is one`
        : `${found.path} has to be made to mount there, and ${rootfs} is on a read-only file system: make it before`;
    case ERRNO.EACCES:
    case ERRNO.EPERM:
      return `${found.path} in ${rootfs} may not even be made by root, as on NFS with root_squash, on FUSE without allow_root, or with chattr +i: move it to a local file system`;
    case ERRNO.ENOSPC:
    case ERRNO.EDQUOT:
      return `the file system of ${rootfs} is full: df ${rootfs} (and df -i ${rootfs})`;
    case ERRNO.EXDEV:
      return `the way to ${path} leaves ${rootfs}, or was moved while it was walked: is something else changing the root file system?`;
    default:
      return undefined;
  }
}

function bindHint(
  { errno, syscall, facts, rootfs }: StepError,
  { source, target, recursive }: Of<'bind'>,
  probe: RootfsProbe,
): string | undefined {
  switch (errno) {
    case ERRNO.ENOENT:
    case ERRNO.ENOTDIR:
      return syscall === 'move_mount'
        ? unlike(source, target, rootfs, probe)
        : `there is no ${source} on the host`;
    case ERRNO.ELOOP:
      return syscall === 'move_mount'
        ? `${source} would be mounted inside itself: choose another place than ${target.path}`
        : `${source} is a symbolic link that leads back to itself`;
    case ERRNO.EBUSY:
      return `${target.path} is in use as a mount that cannot be covered: choose another place`;
    case ERRNO.EACCES:
      return `${source} cannot be reached even by root, as on NFS with root_squash or FUSE without allow_root`;
    case ERRNO.EINVAL:
      if (syscall === 'move_mount') return unlike(source, target, rootfs, probe);
      return recursive
        ? `something mounted at or below ${source} is unbindable, or locked by an outer container: take the option bind, which leaves what is mounted below out`
        : `${source} is on a mount that is unbindable, or locked by an outer container`;
    case ERRNO.EPERM:
      return (
        notPermitted(facts, probe, 'CAP_SYS_ADMIN') ??
        `options of the mount that ${source} is on are locked by an outer container and cannot be taken off`
      );
    default:
      return tooMany(errno, probe);
  }
}

/**
 * move_mount(2) of a file onto a directory, or the other way round: ENOTDIR or EINVAL, by the
 * kernel's version.
 */
function unlike(
  source: string,
  { path }: Target,
  rootfs: string,
  probe: RootfsProbe,
): string | undefined {
  const found = probe.resolve(path);
  const directory = probe.statHost(source)?.isDirectory();
  if (found.kind !== 'there' || directory === undefined || directory === found.stats.isDirectory())
    return undefined;
  return directory
    ? `${source} is a directory, and ${path} of ${rootfs} is a file: a directory can only be mounted on a directory`
    : `${source} is a file, and ${path} of ${rootfs} is a directory: name the file, ${path}/${source.split('/').at(-1)}`;
}

function mountHint(
  error: StepError,
  { fstype, target, options }: Of<'mount'>,
  probe: RootfsProbe,
): string | undefined {
  switch (error.errno) {
    case ERRNO.EPERM:
    case ERRNO.EACCES:
      return (
        tooRevealing(error, fstype, probe) ?? notPermitted(error.facts, probe, 'CAP_SYS_ADMIN')
      );
    case ERRNO.ENODEV:
      return `this kernel has no file system ${fstype}: /proc/filesystems lists what it has`;
    case ERRNO.EINVAL:
      if (error.syscall === 'move_mount') return onFile(fstype, target, error.rootfs);
      return `${fstype} does not take one of these options or values: ${options.join(', ') || 'none were given'}; the last line of dmesg names it`;
    case ERRNO.EBUSY:
      return `this ${fstype} is mounted elsewhere with other options, or ${target.path} cannot be covered`;
    case ERRNO.ENOTDIR:
      return onFile(fstype, target, error.rootfs);
    default:
      return tooMany(error.errno, probe);
  }
}

function onFile(fstype: string, { path }: Target, rootfs: string): string {
  return `${path} of ${rootfs} is a file, and a ${fstype} can only be mounted on a directory: replace it by one`;
}

/**
 * mount_too_revealing() of fs/namespace.c: in a user namespace a new /proc or /sys must show no
 * more than one that is there already.
 */
function tooRevealing(
  { config, facts }: StepError,
  fstype: string,
  probe: RootfsProbe,
): string | undefined {
  const owned = inUserNamespace(probe) || config.namespaces.some(({ type }) => type === 'user');
  if (facts.euid !== 0 || !owned || (fstype !== 'proc' && fstype !== 'sysfs')) return undefined;
  const type = fstype === 'proc' ? 'pid' : 'network';
  if (
    !config.namespaces.some((namespace) => namespace.type === type && namespace.path === undefined)
  )
    return `in a user namespace ${fstype} can only be mounted for a ${type} namespace of its own: make a new one`;
  const top = fstype === 'proc' ? '/proc' : '/sys';
  const over = parseMountInfo(probe.readHost('/proc/self/mountinfo') ?? '').filter(
    ({ mountPoint }) => mountPoint !== top && isWithin(mountPoint, top),
  );
  if (over.length === 0) return undefined;
  const shown = over.slice(0, 3).map(({ mountPoint }) => mountPoint);
  return `parts of ${top} are masked here (${shown.join(', ')}${over.length > 3 ? ` and ${over.length - 3} more` : ''}), so the kernel refuses a new ${fstype} in a user namespace: start the outer container with --security-opt unmask=ALL (podman) or systempaths=unconfined (docker)`;
}

function tooMany(errno: number, probe: RootfsProbe): string | undefined {
  if (errno !== ERRNO.ENOSPC) return undefined;
  return `a mount namespace holds ${probe.readHost('/proc/sys/fs/mount-max') ?? 'a limited number of'} mounts at most: sysctl fs.mount-max=… allows more`;
}

export function rootHint(
  { errno, facts }: StepError,
  { source }: Of<'root'>,
  probe: RootfsProbe,
): string | undefined {
  switch (errno) {
    case ERRNO.ENOENT:
      return `${source} is gone since the start was asked for, or is not there in the mount namespace that is joined`;
    case ERRNO.ENOTDIR:
      return `${source} is no directory: unpack the root file system, and give its directory`;
    case ERRNO.EACCES:
      return `${source} cannot be reached even by root, as on NFS with root_squash or FUSE without allow_root: move it to a local file system`;
    case ERRNO.EINVAL:
      return `the mount that ${source} is on is unbindable, or locked by an outer container: mount --make-private its mount point`;
    case ERRNO.EPERM:
      return notPermitted(facts, probe, 'CAP_SYS_ADMIN');
    default:
      return tooMany(errno, probe);
  }
}

/**
 * pivot_root(2), and the propagation of what it needs: both want / to be a mount point that can be
 * left.
 */
export function pivotHint({ errno, facts }: StepError, probe: RootfsProbe): string | undefined {
  if (errno === ERRNO.EPERM || errno === ERRNO.EACCES)
    return notPermitted(facts, probe, 'CAP_SYS_ADMIN');
  if (errno !== ERRNO.EINVAL) return undefined;
  const root = parseMountInfo(probe.readHost('/proc/self/mountinfo') ?? '')
    .filter(({ mountPoint }) => mountPoint === '/')
    .at(-1);
  if (!root)
    return 'the runtime runs in a chroot, whose / is no mount point: make it one (mount --bind DIR DIR) before chroot, or start it outside';
  if (root.fstype === 'rootfs')
    return "the host's / is the initramfs, which pivot_root cannot leave: let the initramfs switch_root to a tmpfs or a disk before";
  return undefined;
}
