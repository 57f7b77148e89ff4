// Engines above a runtime: podman, LXC, Docker. Each keeps its state in the scratch directory.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { filesOf, requireProgram } from '../programs/find.ts';
import { words } from '../programs/words.ts';
import { hierarchies } from './groups.ts';
import type { Request, Target } from './target.ts';
import { type Context, defineTarget, limitFlags, type Opened } from './target.ts';

export const ENGINES: readonly Target[] = [
  defineTarget({
    ...{ name: 'podman', title: 'podman', family: 'container', program: 'podman' },
    note: 'an engine over runc, without a daemon; a monitor process (conmon) stays with each container',
    ...{ package: 'podman', timeoutS: 30, open: openPodman },
  }),
  defineTarget({
    ...{ name: 'lxc', title: 'LXC', family: 'container', program: 'lxc-execute', package: 'lxc' },
    note: 'lxc-execute: a monitor process and its own init stay with each container',
    ...{ timeoutS: 20, open: openLxc },
  }),
  defineTarget({
    ...{ name: 'docker', title: 'Docker', family: 'container', program: 'dockerd' },
    note: 'client, daemon, containerd and runc; an image instead of the directory; not linked to the client',
    measures: ['startup', 'memory', 'many', 'processor', 'limits'],
    ...{ package: 'docker.io', unlinked: true, timeoutS: 30, open: openDocker },
  }),
];

function openPodman({ scratch, link, root }: Context): Opened {
  const podman = words`podman --root ${join(scratch, 'podman')} --cgroup-manager cgroupfs
    --runroot ${join(scratch, 'podman-run')} --runtime runc --log-level error`;
  return {
    files: ['conmon', 'runc'].flatMap(filesOf),
    command(request) {
      const network = request.linked ? `ns:${link.namespace}` : 'none';
      return {
        leaves: request.detached === true,
        argv: words`${podman} run ${engineFlags(request, network)} --rootfs ${root}
          ${request.argv}`,
        stop: words`${podman} rm --force --time 0 ${request.id}`,
      };
    },
  };
}

/** Of `podman run` and `docker run`. */
function engineFlags(request: Request, network: string): string[] {
  const { id, group } = request;
  return words`--rm --name ${id} --cgroup-parent ${group?.parent ?? '/'} --network ${network}
    ${limitFlags(request)}`;
}

// lxc.container.conf(5)
function openLxc({ scratch, root, link }: Context): Opened {
  const directory = join(scratch, 'lxc');
  mkdirSync(directory, { recursive: true });
  const v1 = hierarchies().some(({ version }) => version === 1);
  const [group, memory, time] = v1
    ? ['lxc.cgroup', 'memory.limit_in_bytes', 'cpu.cfs_quota_us']
    : ['lxc.cgroup2', 'memory.max', 'cpu.max'];
  return {
    command({ id, argv, memoryMiB, cpus, quota, linked, group: parent }) {
      const us = quota && `${Math.round(quota * 100_000)}${v1 ? '' : ' 100000'}`;
      // On v1 below the group that it is started in; on v2 a group with processes has none below.
      const place = v1 ? id : `${parent?.parent.slice(1) ?? ''}/${id}`;
      const lines = Object.entries({
        ...{ 'lxc.rootfs.path': `dir:${root}`, 'lxc.uts.name': 'bench' },
        ...{ 'lxc.cgroup.relative': v1 ? 1 : 0, 'lxc.cgroup.dir': place },
        'lxc.mount.auto': 'proc:mixed sys:ro',
        'lxc.namespace.share.net': linked ? link.namespace : undefined,
        'lxc.net.0.type': linked ? undefined : 'empty',
        [`${group}.${memory}`]: memoryMiB * 1048576,
        ...{ [`${group}.cpuset.cpus`]: cpus, [`${group}.${time}`]: us },
      }).map(([key, value]) => (value === undefined ? '' : `${key} = ${value}\n`));
      const config = join(directory, `${id}.conf`);
      writeFileSync(config, lines.join(''));
      const which = words`--lxcpath ${directory} --name ${id}`;
      return {
        argv: words`lxc-execute ${which} --rcfile ${config} -- ${argv}`,
        stop: words`lxc-stop ${which} --kill`,
      };
    },
  };
}

/** Its daemon runs as long as the benchmark, without a bridge and without firewall rules. */
async function openDocker({ scratch, root }: Context): Promise<Opened> {
  requireProgram('docker', 'docker-cli');
  const directory = join(scratch, 'docker');
  mkdirSync(directory, { recursive: true });
  const socket = `unix://${directory}/socket`;
  const log = openSync(join(directory, 'log'), 'w');
  const options = words`--host ${socket} --data-root ${directory}/data --exec-root ${directory}/run
    --pidfile ${directory}/pid --bridge none --iptables=false --ip-forward=false --ip-masq=false`;
  const daemon = spawn('dockerd', options, { stdio: ['ignore', log, log] });
  const gone = once(daemon, 'close');
  const docker = ['docker', '--host', socket];
  const answers = () => spawnSync('docker', [...docker.slice(1), 'version'], { timeout: 3000 });
  try {
    for (let tries = 0; answers().status !== 0; tries++) {
      if (daemon.exitCode !== null) throw new Error(`dockerd ended with ${daemon.exitCode}`);
      if (tries === 60) throw new Error('dockerd does not answer');
      await pause(250);
    }
    const importing = 'tar cf - -C "$1" . | docker --host "$2" import - bench';
    execFileSync('sh', ['-c', importing, 'sh', root, socket], { stdio: 'pipe' });
  } catch (error) {
    daemon.kill('SIGKILL');
    throw error;
  }
  return {
    files: ['docker', 'runc'].flatMap(filesOf), // the daemon runs already
    command: (request) => ({
      leaves: request.detached === true,
      argv: words`${docker} run ${engineFlags(request, 'none')} bench ${request.argv}`,
      stop: words`${docker} rm --force ${request.id}`,
    }),
    async close() {
      daemon.kill('SIGTERM');
      await Promise.race([gone, pause(10_000).then(() => daemon.kill('SIGKILL'))]);
    },
  };
}
