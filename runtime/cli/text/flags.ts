// Which flag stands for which field of RunOptions, so that an error speaks of what was typed.
import type { RunOptions } from '../../options/options.ts';

const FLAGS: Readonly<Record<keyof RunOptions, string>> = {
  rootfs: '<rootfs>',
  hostname: '<hostname>',
  command: 'command',
  id: '--name',
  memory: '--memory',
  memorySwap: '--memory-swap',
  cpus: '--cpus',
  cpuShares: '--cpu-shares',
  cpusetCpus: '--cpuset-cpus',
  pidsLimit: '--pids-limit',
  network: '--network',
  ip: '--ip',
  pid: '--pid',
  uts: '--uts',
  ipc: '--ipc',
  mountNs: '--mount-ns',
  cgroupNs: '--cgroup-ns',
  volumes: '--volume',
  mounts: '--mount',
  tmpfs: '--tmpfs',
  readOnly: '--read-only',
  env: '--env',
  workdir: '--workdir',
  user: '--user',
  capAdd: '--cap-add',
  capDrop: '--cap-drop',
  securityOpt: '--security-opt',
  init: '--init',
  detach: '--detach',
  logMaxSize: '--log-max-size',
  terminal: '--tty',
};

/** `--volume` for `volumes[2]`; a path that is no field of RunOptions stays as it is. */
export function flagOf(path: string): string {
  const field = /^\w+/.exec(path)?.[0] ?? '';
  return Object.entries(FLAGS).find(([name]) => name === field)?.[1] ?? path;
}
