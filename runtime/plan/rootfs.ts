// The root file system: the mounts, the devices and the links of /dev, what is masked.

import { restrictsDevices } from '../config/capabilities.ts';
import type { Config, Device, Mount } from '../config/config.ts';
import {
  DEFAULT_DEVICES,
  DEFAULT_MASKED_PATHS,
  DEFAULT_READONLY_PATHS,
} from '../config/defaults.ts';
import type { CgroupLayout } from '../host/facts.ts';
import type { InsideOp, MountAttribute, Target } from './operations.ts';

const ATTRIBUTES: Readonly<Record<string, MountAttribute | undefined>> = {
  ro: 'rdonly',
  nosuid: 'nosuid',
  nodev: 'nodev',
  noexec: 'noexec',
  noatime: 'noatime',
  nodiratime: 'nodiratime',
  strictatime: 'strictatime',
  nosymfollow: 'nosymfollow',
};

/**
 * mount(8) options that say what already is, or that only direct the mounting. `newinstance` is
 * every devpts since Linux 4.7.
 */
const WITHOUT_EFFECT = new Set([
  'rw',
  'suid',
  'dev',
  'exec',
  'atime',
  'diratime',
  'relatime',
  'bind',
  'rbind',
  'private',
  'rprivate',
  'newinstance',
  'defaults',
]);

/** OCI runtime-spec, config-linux.md, "Dev symbolic links". */
const LINKS: readonly InsideOp[] = [
  link('/dev/fd', '/proc/self/fd'),
  link('/dev/stdin', '/proc/self/fd/0'),
  link('/dev/stdout', '/proc/self/fd/1'),
  link('/dev/stderr', '/proc/self/fd/2'),
  link('/dev/ptmx', 'pts/ptmx'),
];

function link(path: string, to: string): InsideOp {
  return { kind: 'symlink', target: { path, nofollow: true }, to };
}

const nodes = planned(DEFAULT_DEVICES, ({ path, type, major, minor, mode }: Device) => ({
  ...{ kind: 'mknod', target: { path, nofollow: true }, type, major, minor, mode },
}));
const masks = planned(DEFAULT_MASKED_PATHS, (path) => ({ kind: 'mask', target: hidden(path) }));
const readonlys = planned(DEFAULT_READONLY_PATHS, (path) => ({
  ...{ kind: 'readonly', target: hidden(path) },
}));

/** The operations for a list of the Config. Those of the `standard` one are made only once. */
function planned<T>(standard: readonly T[], op: (one: T) => InsideOp) {
  const usual = standard.map(op);
  return (given: readonly T[]) => (given === standard ? usual : given.map(op));
}

function hidden(path: string): Target {
  return { path, nofollow: true, optional: true };
}

/**
 * What the set-up itself writes to must be where its name says, and no link to elsewhere
 * (CVE-2019-19921, CVE-2026-41579).
 */
const FIXED = ['/proc', '/sys', '/dev'];

function target(path: string, create: NonNullable<Target['create']>): Target {
  const nofollow = FIXED.some((fixed) => path === fixed || path.startsWith(`${fixed}/`));
  return { path, create, ...(nofollow ? { nofollow } : {}) };
}

function mountOp(mount: Mount, noDevices: readonly MountAttribute[]): InsideOp {
  const attributes = mount.options.flatMap((option) => ATTRIBUTES[option] ?? []);
  if (mount.type === 'bind') {
    const recursive = !mount.options.includes('bind');
    const all = [...new Set([...attributes, ...noDevices])];
    return {
      kind: 'bind',
      source: mount.source ?? '',
      target: target(mount.destination, 'like-source'),
      recursive,
      attributes: all,
    };
  }
  const options = mount.options.filter(
    (option) => !ATTRIBUTES[option] && !WITHOUT_EFFECT.has(option),
  );
  return {
    kind: 'mount',
    fstype: mount.type,
    target: target(mount.destination, 'directory'),
    attributes,
    options,
  };
}

export interface RootfsContext {
  /** Whether the root is attached nowhere until it is entered. */
  readonly detached: boolean;
  /** Right after /proc is mounted, while nothing is read-only in it. */
  readonly sysctls: readonly InsideOp[];
}

/** The operations up to, but without, `pivot_root` or `mount_namespace`. */
export function rootfs(
  config: Config,
  cgroup: CgroupLayout,
  { detached, sysctls }: RootfsContext,
): InsideOp[] {
  // The container's own /dev is another mount, and keeps its nodes.
  const noDevices: readonly MountAttribute[] = restrictsDevices(cgroup) ? [] : ['nodev'];
  return [
    {
      kind: 'root',
      source: config.root.path,
      // Read-only from the start, with all that is mounted below: nothing is made on disk.
      attributes: [...(config.root.readonly ? ['rdonly' as const] : []), ...noDevices],
      ...(detached ? { detached } : {}),
    },
    ...config.mounts.flatMap((mount) =>
      mount.destination === '/dev'
        ? [mountOp(mount, []), ...nodes(config.devices), ...LINKS]
        : [mountOp(mount, noDevices), ...(mount.type === 'proc' ? sysctls : [])],
    ),
    ...workdir(config),
    ...masks(config.maskedPaths),
    ...readonlys(config.readonlyPaths),
  ];
}

/** As docker does: a directory to start in that is not there is made. */
function workdir({ process, root }: Config): InsideOp[] {
  if (process.cwd === '/') return [];
  const target = { path: process.cwd, create: 'directory' as const };
  // Below a read-only root only a volume may take it.
  return [
    { kind: 'mkdir', target: root.readonly ? { ...target, optional: true } : target, mode: 0o755 },
  ];
}
