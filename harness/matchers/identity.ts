// What a shell believes it is: its hostname, its root.
import { statSync } from 'node:fs';
import { boxOf, firstFailure, judge, type Outcome, type Recorded } from './recorded.ts';

interface IdentityMatchers {
  /** hostname(1) and /proc/sys/kernel/hostname both say this name. */
  toHaveHostname(name: string): Promise<Recorded>;
  /** Its / is this directory of the host, by device and inode. */
  toHaveRoot(directory: string): Promise<Recorded>;
}

declare module 'vitest' {
  interface Matchers<R, T> extends IdentityMatchers {}
}

function identityOf(path: string): string {
  const { dev, ino } = statSync(path);
  return `${dev}:${ino}`;
}

export const identityMatchers = {
  async toHaveHostname(received: unknown, name: string): Promise<Outcome> {
    const box = boxOf(received);
    const byProgram = judge(box, 'hostname', await box.type('hostname'), name);
    const kernels = await box.type('cat /proc/sys/kernel/hostname');
    const byKernel = judge(box, '/proc/sys/kernel/hostname', kernels, name);
    return firstFailure(byProgram, byKernel);
  },
  async toHaveRoot(received: unknown, directory: string): Promise<Outcome> {
    const box = boxOf(received);
    const inside = await box.type("stat -c '%d:%i' /");
    const host = identityOf(`/proc/${box.host.pid}/root`);
    return judge(box, 'device and inode of /', { inside, host }, identityOf(directory));
  },
};
