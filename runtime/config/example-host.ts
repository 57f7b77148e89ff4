// A host for unit tests: two processors, 8 GiB, root with every capability, hybrid cgroups.
import type { HostFacts } from '../host/facts.ts';

export const EXAMPLE_HOST: HostFacts = {
  kernel: { release: '6.12.0', major: 6, minor: 12 },
  arch: 'x64',
  hostname: 'lab-7',
  euid: 0,
  capabilities: (1n << 41n) - 1n,
  lastCapability: 40,
  memoryTotalBytes: 8 * 2 ** 30,
  swapTotalBytes: 0,
  pageSizeBytes: 4096,
  cpus: 2,
  cpuList: '0-1',
  memoryNodes: '0',
  namespaces: ['mount', 'pid', 'network', 'uts', 'ipc', 'cgroup', 'user', 'time'],
  networkNamespace: 4026531840,
  seccompFilter: true,
  cgroup: {
    mode: 'hybrid',
    hierarchies: { memory: '/sys/fs/cgroup/memory', devices: '/sys/fs/cgroup/devices' },
    unified: '/sys/fs/cgroup/unified',
    swapAccounting: true,
  },
};
