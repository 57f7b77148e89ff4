// Paths in the checkout and on the host.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Probes } from '../../harness/observe/probes.ts';

/** The project's directory. */
export const ROOT = join(import.meta.dirname, '../..');

export const TERRARIUM = join(ROOT, 'bin/terrarium');
export const DEFAULT_ROOTFS = join(ROOT, 'fixtures/rootfs/out/default');

/** A static program of the default root file system, to run on the host. */
export function workload(name: string): string {
  return join(DEFAULT_ROOTFS, 'usr/bin', name);
}

/** Terrarium's own, unless the environment names another. */
export const STATE_DIRECTORY = '/run/terrarium';

/** A container's journal, which exists as long as anything of it. */
export function journalOf(name: string): string {
  return join(process.env.TERRARIUM_STATE ?? STATE_DIRECTORY, `${name}.journal`);
}

/** `clean-03-4f1c2a`: a name for a container or unit of a requirement. */
export function randomName(id: string): string {
  return `${id.toLowerCase()}-${randomBytes(3).toString('hex')}`;
}

/** Checksums of the compiled workloads, by sha256sum(1). */
export const PROBE_SUMS = join(ROOT, 'build/workloads/SHA256SUMS');

/** The same programs, out of reach of containers. */
export const PROBES = new Probes({
  directory: join(DEFAULT_ROOTFS, 'usr/bin'),
  sums: PROBE_SUMS,
});
