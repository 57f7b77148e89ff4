// Other programs that isolate a process, as whole commands: what a person types to get the same
// container.
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_CAPABILITIES } from '../../runtime/config/defaults.ts';
import { parseMountInfo } from '../../runtime/host/mountinfo.ts';
import { writeBundles } from '../targets/bundle.ts';
import { timedCommand } from './native.ts';
import type { Target } from './target.ts';

export const LANES = 8;

/** Debian's package of each peer that is not part of every system. */
export const PEER_PACKAGES = ['runc', 'crun', 'bubblewrap'] as const;

export const PEERS: readonly Target[] = [
  ociTarget('crun'),
  ociTarget('runc'),
  {
    name: 'bwrap',
    title: 'bwrap, no cgroups, no seccomp',
    paces: ['tight', 'spaced'],
    missing: () => notInstalled('bwrap'),
    open: async (surroundings) => timedCommand(surroundings, bwrap(surroundings.rootfs)),
  },
  {
    name: 'unshare',
    title: 'unshare, namespaces and /proc only',
    paces: ['tight', 'spaced'],
    missing: () => notInstalled('unshare'),
    open: async (surroundings) => timedCommand(surroundings, unshare(surroundings.rootfs)),
  },
];

function ociTarget(program: 'crun' | 'runc'): Target {
  return {
    name: program,
    title: `${program} run`,
    paces: ['tight', 'spaced', 'crowd'],
    missing: () => notInstalled(program),
    open: async (surroundings) => {
      const bundles = join(surroundings.scratch, program);
      writeBundles(bundles, program, surroundings, LANES);
      const state = join(surroundings.scratch, `${program}-state`);
      const command = [
        program,
        '--root',
        state,
        'run',
        '--bundle',
        join(bundles, '{}'),
        `terrarium-bench-${program}-{}`,
      ];
      return timedCommand(surroundings, command, program === 'crun' ? withoutUnified() : []);
    },
  };
}

/**
 * crun refuses to start where both v1 hierarchies and a v2 tree have controllers: there it gets a
 * mount namespace without the latter.
 */
function withoutUnified(): string[] {
  const mounts = parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  const unified = mounts.find(({ fstype }) => fstype === 'cgroup2')?.mountPoint;
  const hybrid = unified !== undefined && mounts.some(({ fstype }) => fstype === 'cgroup');
  return hybrid
    ? ['unshare', '--mount', 'sh', '-c', 'umount "$1" && shift && exec "$@"', 'sh', unified]
    : [];
}

// bubblewrap(1). As root it makes no user namespace; /sys is bound because it cannot mount one.
function bwrap(rootfs: string): string[] {
  const namespaces = [
    '--unshare-ipc',
    '--unshare-pid',
    '--unshare-net',
    '--unshare-uts',
    '--unshare-cgroup',
    '--hostname',
    'bench',
  ];
  const mounts = [
    '--bind',
    rootfs,
    '/',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--mqueue',
    '/dev/mqueue',
    '--ro-bind',
    '/sys',
    '/sys',
  ];
  const capabilities = [
    '--cap-drop',
    'ALL',
    ...DEFAULT_CAPABILITIES.flatMap((name) => ['--cap-add', name]),
  ];
  return [
    'bwrap',
    ...namespaces,
    ...mounts,
    ...capabilities,
    '--die-with-parent',
    '--new-session',
    '/bin/true',
  ];
}

// unshare(1)
function unshare(rootfs: string): string[] {
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup'];
  return ['unshare', ...namespaces, '--fork', `--root=${rootfs}`, '--mount-proc', '/bin/true'];
}

function notInstalled(program: string): string | undefined {
  const found = (process.env.PATH ?? '')
    .split(':')
    .some((directory) => isExecutable(join(directory, program)));
  return found ? undefined : 'not installed';
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
