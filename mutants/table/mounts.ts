// The root file system, what is mounted in it, what is hidden.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of files
import type { Area } from './table.ts';

const ROOTFS = 'runtime/plan/rootfs.ts';
const DEFAULTS = 'runtime/config/defaults.ts';

export const mounts: Area = {
  title: 'Root and mounts',
  mutants: [
    {
      name: 'proc-not-mounted',
      file: DEFAULTS,
      find: "{ destination: '/proc', type: 'proc', options: safe },",
      replace: '',
      requirements: ['PS-01'],
      core: true,
    },
    {
      name: 'proc-is-the-hosts',
      file: DEFAULTS,
      find: "{ destination: '/proc', type: 'proc', options: safe },",
      replace: "{ destination: '/proc', type: 'bind', source: '/proc', options: ['rbind'] },",
      requirements: ['PS-01'],
      core: true,
    },
    {
      name: 'sys-writable',
      file: DEFAULTS,
      find: "type: 'sysfs', options: [...safe, 'ro'] }",
      replace: "type: 'sysfs', options: safe }",
      requirements: ['SAFE-04'],
    },
    {
      name: 'sys-is-the-hosts',
      file: DEFAULTS,
      find: "{ destination: '/sys', type: 'sysfs', options: [...safe, 'ro'] }",
      replace:
        "{ destination: '/sys', type: 'bind', source: '/sys', options: ['bind', ...safe, 'ro'] }",
      requirements: ['NS-01'],
    },
    {
      name: 'shm-without-a-size',
      file: DEFAULTS,
      find: "'mode=1777', 'size=65536k'] }",
      replace: "'mode=1777'] }",
      requirements: ['SAFE-04'],
    },
    {
      name: 'shm-is-the-hosts',
      file: DEFAULTS,
      find: "{ destination: '/dev/shm', type: 'tmpfs', options: [...safe, 'mode=1777', 'size=65536k'] }",
      replace:
        "{ destination: '/dev/shm', type: 'bind', source: '/dev/shm', options: ['bind', ...safe] }",
      requirements: ['SAFE-04', 'MULTI-04'],
    },
    {
      name: 'mqueue-not-mounted',
      file: DEFAULTS,
      find: "{ destination: '/dev/mqueue', type: 'mqueue', options: safe },",
      replace: '',
      requirements: ['NS-05'],
    },
    {
      name: 'dev-is-the-hosts',
      file: DEFAULTS,
      find: "      destination: '/dev',\n      type: 'tmpfs',",
      replace: "      destination: '/dev',\n      source: '/dev',\n      type: 'bind',",
      requirements: ['SAFE-05', 'ROOT-02'],
    },
    {
      name: 'pivot-root-left-out',
      file: 'runtime/plan/plan.ts',
      find: "{ kind: alone ? 'mount_namespace' : 'pivot_root' },",
      replace: '',
      requirements: ['ROOT-01', 'ROOT-02'],
      core: true,
    },
    {
      name: 'read-only-ignored',
      file: ROOTFS,
      find: "...(config.root.readonly ? ['rdonly' as const] : [])",
      replace: '',
      requirements: ['ROOT-04'],
    },
    {
      name: 'masks-missing',
      file: ROOTFS,
      find: '...masks(config.maskedPaths),',
      replace: '',
      requirements: ['SAFE-04'],
    },
    {
      name: 'last-mask-missing',
      file: ROOTFS,
      find: 'masks(config.maskedPaths)',
      replace: 'masks(config.maskedPaths.slice(0, -1))',
      requirements: ['SAFE-04'],
    },
    {
      name: 'read-only-paths-missing',
      file: ROOTFS,
      find: '...readonlys(config.readonlyPaths),',
      replace: '',
      requirements: ['SAFE-04'],
    },
    ...(['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'] as const).map(
      (path) => ({
        name: `${path.slice(1).replaceAll(/[/_]/g, '-')}-writable`,
        file: DEFAULTS,
        find: `  '${path}',\n`,
        replace: '',
        needs: path,
        requirements: ['SAFE-04'] as const,
      }),
    ),
    ...(['/proc/kcore', '/proc/keys', '/proc/timer_list', '/proc/interrupts'] as const).map(
      (path) => ({
        name: `${path.slice(1).replaceAll(/[/_]/g, '-')}-readable`,
        file: DEFAULTS,
        find: `'${path}',`,
        replace: '',
        needs: path,
        requirements: ['SAFE-04'] as const,
      }),
    ),
    {
      name: 'volumes-not-mounted',
      file: 'runtime/options/mounts.ts',
      find: '...volumes.flatMap((volume, i) =>',
      replace: '...volumes.slice(0, 0).flatMap((volume, i) =>',
      requirements: ['ROOT-07'],
    },
    {
      name: 'volume-ro-is-writable',
      file: 'runtime/options/mounts.ts',
      find: "flag !== 'bind' && flag !== 'rbind' && flag !== 'rw'",
      replace: "flag !== 'bind' && flag !== 'rbind' && flag !== 'rw' && flag !== 'ro'",
      requirements: ['ROOT-07'],
    },
    {
      name: 'tmpfs-not-mounted',
      file: 'runtime/options/mounts.ts',
      find: '...tmpfs.flatMap((text, i) =>',
      replace: '...tmpfs.slice(0, 0).flatMap((text, i) =>',
      requirements: ['ROOT-05', 'MULTI-04'],
    },
    {
      name: 'links-followed-at-proc-and-dev',
      file: ROOTFS,
      find: "const FIXED = ['/proc', '/sys', '/dev'];",
      replace: 'const FIXED: readonly string[] = [];',
      requirements: ['SAFE-08'],
    },
    {
      name: 'devices-of-the-root-not-made',
      file: ROOTFS,
      find: '? [mountOp(mount, []), ...nodes(config.devices), ...LINKS]',
      replace: '? [mountOp(mount, []), ...LINKS]',
      requirements: ['SAFE-05'],
    },
    {
      name: 'own-name-not-in-etc-hosts',
      file: 'runtime/plan/hosts.ts',
      find: "...(known ? [] : [`${address}\\t${names.join(' ')}`])",
      replace: '',
      requirements: ['NET-07'],
    },
    {
      name: 'own-name-resolves-to-loopback',
      file: 'runtime/plan/plan.ts',
      find: 'address: net.link[0]?.peerAddress,',
      replace: 'address: undefined,',
      requirements: ['NET-07'],
    },
  ],
};
