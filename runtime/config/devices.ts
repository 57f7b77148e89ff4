// What stands between a container and the host's devices where the kernel does not check each opening of one.
import type { CgroupLayout } from '../host/facts.ts';

/**
 * Whether device rules are enforced: by the v1 devices controller. Where they are not (v2 wants an eBPF program, which is still to come),
 * a container gets no CAP_MKNOD unless it is asked for, and the device nodes of its root file system and volumes do not open.
 */
export function restrictsDevices(layout: CgroupLayout): boolean {
  return (layout.mode === 'v1' || layout.mode === 'hybrid') && layout.hierarchies.devices !== undefined;
}
