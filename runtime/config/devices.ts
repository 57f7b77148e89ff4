// What stands between a container and the host's devices where the kernel does not check each
// opening of one.
import type { CgroupLayout } from '../host/facts.ts';

/**
 * Whether device rules are enforced: by the v1 devices controller, or by an eBPF program on v2.
 * Where they are not (a kernel without bpf(2)), a container gets no CAP_MKNOD unless it is asked
 * for, and the device nodes of its root file system and volumes do not open.
 */
export function restrictsDevices(layout: CgroupLayout): boolean {
  if (layout.mode === 'v2') return layout.devicePrograms === true;
  return layout.mode !== 'none' && layout.hierarchies.devices !== undefined;
}
