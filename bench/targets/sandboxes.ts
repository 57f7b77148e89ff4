// Programs that isolate a process without being container runtimes: what a person types to get the
// nearest thing.
import { join } from 'node:path';
import { DEFAULT_CAPABILITIES } from '../../runtime/config/defaults.ts';
import { filesOf, requireProgram } from '../programs/find.ts';
import {
  ALL_MEASURES,
  type Asked,
  type Opened,
  type Place,
  type Way,
  type World,
} from './target.ts';

export const SANDBOXES: readonly Place[] = [
  {
    name: 'bwrap',
    title: 'bubblewrap',
    family: 'sandbox',
    note: 'namespaces and 14 capabilities; no control groups (the benchmark’s own limits it), no seccomp',
    program: 'bwrap',
    package: 'bubblewrap',
    measures: ALL_MEASURES,
    patienceS: 10,
    guessS: 0.06,
    limitedByGroup: ['memory', 'cpu'],
    open: async (world) => opened(world, 'bwrap', 'bubblewrap', bwrap),
  },
  {
    name: 'unshare',
    title: 'unshare(1)',
    family: 'sandbox',
    note: 'namespaces and /proc only: no control groups (the benchmark’s own limits it), all capabilities',
    program: 'unshare',
    package: 'util-linux',
    measures: ALL_MEASURES,
    patienceS: 10,
    guessS: 0.06,
    limitedByGroup: ['memory', 'cpu'],
    open: async (world) => opened(world, 'unshare', 'util-linux', unshare),
  },
  {
    name: 'nspawn',
    title: 'systemd-nspawn',
    family: 'container',
    note: 'without systemd as PID 1 it registers nothing and makes no group of its own (the benchmark’s own limits it)',
    program: 'systemd-nspawn',
    package: 'systemd-container',
    measures: ALL_MEASURES,
    patienceS: 15,
    guessS: 0.2,
    limitedByGroup: ['memory', 'cpu'],
    open: async (world) => opened(world, 'systemd-nspawn', 'systemd-container', nspawn),
  },
];

function opened(
  world: World,
  program: string,
  debian: string,
  way: (asked: Asked, world: World) => Way,
): Opened {
  requireProgram(program, debian);
  return {
    address: world.link.container,
    files: [...filesOf(program), join(world.root, 'bin/bench-workload')],
    way: (asked) => way(asked, world),
    close: async () => {},
  };
}

// bubblewrap(1). As root it makes no user namespace; /sys is bound because it cannot mount one.
function bwrap({ argv, linked }: Asked, { root, link }: World): Way {
  const namespaces = [
    '--unshare-ipc',
    '--unshare-pid',
    '--unshare-uts',
    '--unshare-cgroup',
    '--hostname',
    'bench',
  ];
  const network = linked ? ['--share-net'] : ['--unshare-net'];
  const mounts = [
    '--bind',
    root,
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
  return {
    argv: [
      'bwrap',
      ...namespaces,
      ...network,
      ...mounts,
      ...capabilities,
      '--die-with-parent',
      ...argv,
    ],
    network: linked ? link.namespace : undefined,
  };
}

// unshare(1)
function unshare({ argv, linked }: Asked, { root, link }: World): Way {
  const namespaces = [
    '--mount',
    '--uts',
    '--ipc',
    '--pid',
    '--cgroup',
    ...(linked ? [] : ['--net']),
  ];
  return {
    argv: [
      'unshare',
      ...namespaces,
      '--fork',
      '--kill-child',
      `--root=${root}`,
      '--mount-proc',
      ...argv,
    ],
    network: linked ? link.namespace : undefined,
  };
}

// systemd-nspawn(1)
function nspawn({ id, argv, linked }: Asked, { root, link }: World): Way {
  const network = linked ? `--network-namespace-path=${link.namespace}` : '--private-network';
  const alone = ['--register=no', '--keep-unit', '--pipe', '--as-pid2', '--quiet'];
  // A second container on the same directory is refused unless it cannot write to it.
  const tree = ['--directory', root, '--read-only'];
  return { argv: ['systemd-nspawn', ...alone, ...tree, '--machine', id, network, ...argv] };
}
