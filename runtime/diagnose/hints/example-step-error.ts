// A step error to explain, for the unit tests of this folder: a real root file system to look into,
// and a host that is as the case says.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXAMPLE_HOST } from '../../config/example-host.ts';
import type { HostFacts } from '../../host/facts.ts';
import { configFrom } from '../../options/config-from.ts';
import type { RunOptions } from '../../options/index.ts';
import type { Operation } from '../../plan/operations.ts';
import { probeRootfs, type RootfsProbe } from '../../rootfs/probe.ts';
import { hintFor } from '../diagnose.ts';
import { ERRNO } from './errno.ts';

/**
 * What differs from EXAMPLE_HOST, from the host's files below, and from a container without
 * options.
 */
export interface HostChanges {
  readonly host?: Readonly<Record<string, string>>;
  readonly facts?: Partial<HostFacts>;
  readonly options?: Partial<RunOptions>;
  readonly probe?: Partial<RootfsProbe>;
}

/** The first user namespace, no filter, no profile; the mounts of a machine. */
export const HOST_FILES: Readonly<Record<string, string>> = {
  '/proc/self/uid_map': '0          0 4294967295',
  '/proc/self/status': 'Seccomp:\t0',
  '/proc/self/attr/current': 'unconfined',
  '/proc/self/mountinfo':
    '27 1 254:0 / / rw - ext4 /dev/vda rw\n22 27 0:21 / /proc rw - proc proc rw\n35 27 0:32 / /sys/fs/cgroup ro - cgroup2 cgroup2 ro',
};

/** A user namespace that an outer container made. */
export const OUTER_USER: Readonly<Record<string, string>> = {
  '/proc/self/uid_map': '0 100000 65536',
};

/** The example host without one capability, by its number. */
export function without(capability: number): HostChanges {
  return { facts: { capabilities: EXAMPLE_HOST.capabilities & ~(1n << BigInt(capability)) } };
}

export const SYS_ADMIN = 21;

/**
 * `/etc/passwd` is a file, `/proc` a link to `/tmp`, `/dangling` one to nothing; beside the root
 * there is a volume with a file.
 */
export class ExampleStepError implements Disposable {
  readonly scratch: string = mkdtempSync(join(tmpdir(), 'terrarium-step-error-'));
  readonly rootfs: string = join(this.scratch, 'rootfs');

  constructor() {
    for (const path of ['etc', 'opt', 'sys', 'dev', '../volume'])
      mkdirSync(join(this.rootfs, path), { recursive: true });
    for (const path of ['etc/passwd', '../volume/file']) writeFileSync(join(this.rootfs, path), '');
    symlinkSync('/tmp', join(this.rootfs, 'proc'));
    symlinkSync('/gone', join(this.rootfs, 'dangling'));
  }

  /** The help for this error, with the paths shortened: `/rootfs`, `/volume`. */
  hint(
    operation: Operation,
    syscall: string,
    code: keyof typeof ERRNO,
    changes: HostChanges = {},
  ): string | undefined {
    const { rootfs } = this;
    const config = configFrom({ rootfs, hostname: 'box', ...changes.options }, EXAMPLE_HOST, {
      id: 'box',
    });
    const files = { ...HOST_FILES, ...changes.host };
    const probe: RootfsProbe = {
      ...probeRootfs(rootfs),
      readHost: (path) => files[path],
      linkHost: () => undefined,
      veth: () => 'built-in',
      ...changes.probe,
    };
    const facts = { ...EXAMPLE_HOST, ...changes.facts };
    // The phase is for the message; the help does not depend on it.
    const hint = hintFor(
      { operation, phase: 'inside', errno: ERRNO[code], syscall, rootfs, facts, config },
      probe,
    );
    return hint?.replaceAll(this.scratch, '');
  }

  [Symbol.dispose](): void {
    rmSync(this.scratch, { recursive: true });
  }
}
