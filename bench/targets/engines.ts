// Engines above a runtime: podman, LXC, Docker. Each with a state of its own below the benchmark's
// scratch directory.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { filesOf, requireProgram } from '../programs/find.ts';
import { hierarchies } from './groups.ts';
import { ALL_MEASURES, type Opened, type Place, type World } from './target.ts';

export const ENGINES: readonly Place[] = [
  {
    name: 'podman',
    title: 'podman',
    family: 'container',
    note: 'an engine over runc, without a daemon; a monitor process (conmon) stays with each container',
    program: 'podman',
    package: 'podman',
    measures: ALL_MEASURES,
    patienceS: 30,
    guessS: 0.6,
    limitedByGroup: [],
    open: async (world) => openPodman(world),
  },
  {
    name: 'lxc',
    title: 'LXC',
    family: 'container',
    note: 'lxc-execute: a monitor process and its own init stay with each container',
    program: 'lxc-execute',
    package: 'lxc',
    measures: ALL_MEASURES,
    patienceS: 20,
    guessS: 0.2,
    limitedByGroup: [],
    open: async (world) => openLxc(world),
  },
  {
    name: 'docker',
    title: 'Docker',
    family: 'container',
    note: 'client, daemon, containerd and runc; an image instead of the directory; not linked to the client',
    program: 'dockerd',
    package: 'docker.io',
    measures: ['startup', 'memory', 'many', 'processor', 'limits'],
    unlinked: true,
    patienceS: 30,
    guessS: 0.8,
    limitedByGroup: [],
    open: openDocker,
  },
];

function openPodman({ scratch, root, link }: World): Opened {
  requireProgram('podman', 'podman');
  const state = ['--root', join(scratch, 'podman'), '--runroot', join(scratch, 'podman-run')];
  const podman = [
    'podman',
    ...state,
    '--cgroup-manager',
    'cgroupfs',
    '--runtime',
    'runc',
    '--log-level',
    'error',
  ];
  return {
    address: link.container,
    files: [
      ...filesOf('podman'),
      ...filesOf('conmon'),
      ...filesOf('runc'),
      join(root, 'bin/bench-workload'),
    ],
    way({ id, argv, memoryMiB, cpus, quota, linked, detached, group }) {
      const limits = [
        '--memory',
        `${memoryMiB}m`,
        '--cpuset-cpus',
        cpus,
        ...(quota === undefined ? [] : ['--cpus', `${quota}`]),
      ];
      const network = ['--network', linked ? `ns:${link.namespace}` : 'none'];
      const options = [
        ...left(detached),
        '--name',
        id,
        '--cgroup-parent',
        group.parent,
        '--pids-limit',
        '64',
        ...network,
        ...limits,
      ];
      return {
        leaves: detached === true,
        argv: [...podman, 'run', ...options, '--rootfs', root, ...argv],
        stop: [...podman, 'rm', '--force', '--time', '0', id],
      };
    },
    close: async () => {},
  };
}

function left(detached: boolean | undefined): string[] {
  return detached ? ['--rm', '--detach'] : ['--rm'];
}

// lxc.container.conf(5)
function openLxc({ scratch, root, link }: World): Opened {
  requireProgram('lxc-execute', 'lxc');
  const directory = join(scratch, 'lxc');
  mkdirSync(directory, { recursive: true });
  const old = hierarchies().some(({ version }) => version === 1);
  return {
    address: link.container,
    files: [...filesOf('lxc-execute'), join(root, 'bin/bench-workload')],
    way({ id, argv, memoryMiB, cpus, quota, linked, group }) {
      const bytes = memoryMiB * 1048576;
      const limits = old
        ? [`lxc.cgroup.memory.limit_in_bytes = ${bytes}`, `lxc.cgroup.cpuset.cpus = ${cpus}`]
        : [`lxc.cgroup2.memory.max = ${bytes}`, `lxc.cgroup2.cpuset.cpus = ${cpus}`];
      const us = Math.round((quota ?? 0) * 100_000);
      const time = old
        ? `lxc.cgroup.cpu.cfs_quota_us = ${us}`
        : `lxc.cgroup2.cpu.max = ${us} 100000`;
      const network = linked
        ? `lxc.namespace.share.net = ${link.namespace}`
        : 'lxc.net.0.type = empty';
      const lines = [
        `lxc.rootfs.path = dir:${root}`,
        'lxc.uts.name = bench',
        'lxc.mount.auto = proc:mixed sys:ro',
        // On v1 below the group that it is started in; on v2 a group with processes in it may have
        // none below.
        ...(old
          ? ['lxc.cgroup.relative = 1', `lxc.cgroup.dir = ${id}`]
          : [`lxc.cgroup.dir = ${group.parent.slice(1)}/${id}`]),
        network,
        ...limits,
        ...(quota === undefined ? [] : [time]),
      ];
      const config = join(directory, `${id}.conf`);
      writeFileSync(config, lines.map((line) => `${line}\n`).join(''));
      const lxc = (program: string) => [program, '--lxcpath', directory, '--name', id];
      return {
        argv: [...lxc('lxc-execute'), '--rcfile', config, '--', ...argv],
        stop: [...lxc('lxc-stop'), '--kill'],
      };
    },
    close: async () => {},
  };
}

/**
 * The daemon runs for the length of the benchmark, on a root of its own, without a bridge and
 * without firewall rules.
 */
async function openDocker({ scratch, root, link }: World): Promise<Opened> {
  for (const [program, debian] of Object.entries({ dockerd: 'docker.io', docker: 'docker-cli' }))
    requireProgram(program, debian);
  const directory = join(scratch, 'docker');
  mkdirSync(directory, { recursive: true });
  const socket = `unix://${directory}/socket`;
  const log = openSync(join(directory, 'log'), 'w');
  const places = [
    '--data-root',
    `${directory}/data`,
    '--exec-root',
    `${directory}/run`,
    '--pidfile',
    `${directory}/pid`,
  ];
  const without = ['--bridge', 'none', '--iptables=false', '--ip-forward=false', '--ip-masq=false'];
  const daemon = spawn('dockerd', ['--host', socket, ...places, ...without], {
    stdio: ['ignore', log, log],
  });
  const gone = new Promise<void>((resolve) => daemon.once('close', () => resolve()));
  const docker = ['docker', '--host', socket];
  try {
    await answered([...docker, 'version'], daemon);
    execFileSync(
      'sh',
      ['-c', 'tar cf - -C "$1" . | "$2" --host "$3" import - bench', 'sh', root, 'docker', socket],
      { stdio: 'pipe' },
    );
  } catch (error) {
    daemon.kill('SIGKILL');
    throw error;
  }
  return {
    address: link.container,
    files: [...filesOf('docker'), ...filesOf('runc')],
    way({ id, argv, memoryMiB, cpus, quota, detached, group }) {
      const limits = [
        '--memory',
        `${memoryMiB}m`,
        '--cpuset-cpus',
        cpus,
        ...(quota === undefined ? [] : ['--cpus', `${quota}`]),
      ];
      const network = ['--network', 'none'];
      const options = [
        ...left(detached),
        '--name',
        id,
        '--cgroup-parent',
        group.parent,
        '--pids-limit',
        '64',
        ...network,
        ...limits,
      ];
      return {
        leaves: detached === true,
        argv: [...docker, 'run', ...options, 'bench', ...argv],
        stop: [...docker, 'rm', '--force', id],
      };
    },
    async close() {
      daemon.kill('SIGTERM');
      await Promise.race([gone, pause(10_000).then(() => daemon.kill('SIGKILL'))]);
    },
  };
}

async function answered(
  [program = '', ...args]: readonly string[],
  daemon: { readonly exitCode: number | null },
): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      execFileSync(program, args, { stdio: 'pipe', timeout: 3000 });
      return;
    } catch (error) {
      if (daemon.exitCode !== null)
        throw new Error(`dockerd ended with ${daemon.exitCode}`, { cause: error });
      if (tries === 60) throw new Error('dockerd does not answer', { cause: error });
      await pause(250);
    }
  }
}
