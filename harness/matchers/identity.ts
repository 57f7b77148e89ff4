// The hostname and root of a shell, compared with the kernel's.
import { fileIdentity, lookIn } from '../observe/look-in.ts';
import { mountsOf } from '../observe/mounts.ts';
import type { Box } from '../shell/box.ts';
import { boxOf, firstFailure, judge, type Outcome, type Recorded } from './recorded.ts';

interface IdentityMatchers {
  /** hostname(1) prints this name, and it is that of its UTS namespace. */
  toHaveHostname(name: string): Promise<Recorded>;
  /** Its / is this directory of the host, by device and inode. */
  toHaveRoot(directory: string): Promise<Recorded>;
  /**
   * The host is unreachable: this directory is the root of the whole mount namespace (unlike with
   * chroot(2)), and no mount in it shows the host's root.
   */
  toBeConfinedTo(directory: string): Promise<Recorded>;
}

declare module 'vitest' {
  interface Matchers<R, T> extends IdentityMatchers {}
}

const within = (box: Box) => lookIn(box.host.pid, box.program('look-in'));

export const identityMatchers = {
  async toHaveHostname(received: unknown, name: string): Promise<Outcome> {
    const box = boxOf(received);
    const inside = await box.type('hostname');
    return judge(box, 'hostname', { inside, host: (await within(box)).hostname }, name);
  },
  async toHaveRoot(received: unknown, directory: string): Promise<Outcome> {
    const box = boxOf(received);
    const inside = await box.type("stat -c '%d:%i' /");
    const host = fileIdentity(`/proc/${box.host.pid}/root/`);
    return judge(box, 'device and inode of /', { inside, host }, fileIdentity(directory));
  },
  async toBeConfinedTo(received: unknown, directory: string): Promise<Outcome> {
    const box = boxOf(received);
    const host = (await within(box)).root;
    const hosts = mountsOf('self').filter(({ point }) => point === '/');
    const showing = mountsOf(box.host.pid).filter(({ device, root }) =>
      hosts.some((mount) => mount.device === device && mount.root === root),
    );
    const points = showing.map(({ point }) => point).join(' ') || 'none';
    return firstFailure(
      judge(box, 'root of the mount namespace', { host }, fileIdentity(directory)),
      judge(box, 'mounts that show the host’s root', { host: points }, 'none'),
    );
  },
};
