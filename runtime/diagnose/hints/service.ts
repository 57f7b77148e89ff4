// The systemd service that contains the runtime, and its settings that cause a failed step:
// systemd.exec(5).
import type { RootfsProbe } from '../../rootfs/probe.ts';

/** `web.service`; undefined in a session, or without systemd. */
export function serviceOf(probe: Pick<RootfsProbe, 'readHost'>): string | undefined {
  const group = probe.readHost('/proc/self/cgroup') ?? '';
  return /\/([^/\n]+\.service)(?:\/|$)/m.exec(group)?.[1];
}

/** What makes the kernel answer ENOSYS: a filter cannot look at what a structure holds. */
export function settingWithout(syscall: string): string {
  if (syscall === 'clone3') return 'RestrictNamespaces= or SystemCallFilter=';
  return syscall === 'openat2'
    ? 'RestrictSUIDSGID= or SystemCallFilter='
    : 'SystemCallFilter= or another filter';
}
