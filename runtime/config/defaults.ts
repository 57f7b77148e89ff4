// What a container gets without asking: the OCI runtime specification's file systems and devices,
// docker's capabilities and masks.
import type { Device, DeviceRule, Mount, Namespace } from './config.ts';

/**
 * The prompt needs no escapes: BusyBox, dash and bash all expand $PWD, but dash knows neither \u
 * nor \h.
 */
export function defaultPrompt(user: string, hostname: string, uid: number): string {
  return `${user}@${hostname}:$PWD${uid === 0 ? '#' : '$'} `;
}

/** Not a login shell: the /etc/profile of Debian would set a prompt without the hostname. */
export const DEFAULT_COMMAND: readonly string[] = ['/bin/sh'];

export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** docker's 14. */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  ...[
    'CAP_CHOWN',
    'CAP_DAC_OVERRIDE',
    'CAP_FSETID',
    'CAP_FOWNER',
    'CAP_MKNOD',
    'CAP_NET_RAW',
    'CAP_SETGID',
    'CAP_SETUID',
  ],
  ...[
    'CAP_SETFCAP',
    'CAP_SETPCAP',
    'CAP_NET_BIND_SERVICE',
    'CAP_SYS_CHROOT',
    'CAP_KILL',
    'CAP_AUDIT_WRITE',
  ],
];

/** docker's `oci.DefaultSpec`, and what later kernels added to /proc and /sys. */
export const DEFAULT_MASKED_PATHS: readonly string[] = [
  ...[
    '/proc/acpi',
    '/proc/asound',
    '/proc/interrupts',
    '/proc/kcore',
    '/proc/keys',
    '/proc/latency_stats',
    '/proc/sched_debug',
  ],
  ...[
    '/proc/scsi',
    '/proc/timer_list',
    '/proc/timer_stats',
    '/sys/devices/virtual/powercap',
    '/sys/firmware',
  ],
];

export const DEFAULT_READONLY_PATHS: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

/**
 * OCI runtime-spec, config-linux.md, "Default Devices"; /dev/ptmx and /dev/console are made with
 * the devpts.
 */
export const DEFAULT_DEVICES: readonly Device[] = [
  node('/dev/null', 1, 3),
  node('/dev/zero', 1, 5),
  node('/dev/full', 1, 7),
  node('/dev/random', 1, 8),
  node('/dev/urandom', 1, 9),
  node('/dev/tty', 5, 0),
];

function node(path: string, major: number, minor: number): Device {
  return { path, type: 'c', major, minor, mode: 0o666 };
}

/**
 * Nothing, then: making any node (which gives no use of it), the nodes above, the terminals 136:*,
 * ptmx 5:2. Not 5:1, the host's console: a container's /dev/console is a terminal of its own.
 */
export const DEFAULT_DEVICE_RULES: readonly DeviceRule[] = [
  { allow: false, type: 'a', access: 'rwm' },
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  ...DEFAULT_DEVICES.map(
    ({ type, major, minor }): DeviceRule => ({ allow: true, type, major, minor, access: 'rwm' }),
  ),
  { allow: true, type: 'c', major: 5, minor: 2, access: 'rwm' },
  { allow: true, type: 'c', major: 136, access: 'rwm' },
];

/**
 * The file systems of a container that has these namespaces, in the order to mount them (OCI
 * runtime-spec, config-linux.md, "Default Filesystems"). What belongs to a shared namespace is
 * shown as the host has it: with the host's network /sys is a read-only, non-recursive bind (a
 * sysfs of its own would need its own network namespace), with the host's IPC so is /dev/shm.
 * `cgroup2` is mounted where there are no v1 hierarchies, and always read-only.
 */
export function defaultMounts(
  namespaces: readonly Namespace[],
  cgroups: 'v1' | 'hybrid' | 'v2' | 'none',
): Mount[] {
  const has = (type: Namespace['type']) => namespaces.some((namespace) => namespace.type === type);
  const safe = ['nosuid', 'noexec', 'nodev'];
  const devpts = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'];
  return [
    { destination: '/proc', type: 'proc', options: safe },
    {
      destination: '/dev',
      type: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    { destination: '/dev/pts', type: 'devpts', options: devpts },
    has('ipc')
      ? { destination: '/dev/shm', type: 'tmpfs', options: [...safe, 'mode=1777', 'size=65536k'] }
      : { destination: '/dev/shm', type: 'bind', source: '/dev/shm', options: ['bind', ...safe] },
    // One file system an IPC namespace: mounted from within the host's, it shows the host's queues,
    // where the host itself mounts none too.
    { destination: '/dev/mqueue', type: 'mqueue', options: safe },
    has('network')
      ? { destination: '/sys', type: 'sysfs', options: [...safe, 'ro'] }
      : { destination: '/sys', type: 'bind', source: '/sys', options: ['bind', ...safe, 'ro'] },
    ...(cgroups === 'v2'
      ? [
          {
            destination: '/sys/fs/cgroup',
            type: 'cgroup2',
            options: [...safe, 'relatime', 'ro'],
          } satisfies Mount,
        ]
      : []),
  ];
}
