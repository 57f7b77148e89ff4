// Where things are: in the checkout, and on the host.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Probes } from '../../harness/observe/probes.ts';

/** The project's directory. */
export const ROOT = join(import.meta.dirname, '../..');

export const TERRARIUM = join(ROOT, 'bin/terrarium');
export const DEFAULT_ROOTFS = join(ROOT, 'fixtures/rootfs/out/default');

/** A program of the default root file system, to be run on the host: it is static. */
export function workload(name: string): string {
  return join(DEFAULT_ROOTFS, 'usr/bin', name);
}

/** Terrarium's own, where the environment names no other. */
export const STATE_DIRECTORY = '/run/terrarium';

/** What there is as long as anything of a container may be: its journal. */
export function journalOf(name: string): string {
  return join(process.env.TERRARIUM_STATE ?? STATE_DIRECTORY, `${name}.journal`);
}

/** `clean-03-4f1c2a`: for a container or a unit that a requirement makes. */
export function randomName(id: string): string {
  return `${id.toLowerCase()}-${randomBytes(3).toString('hex')}`;
}

/** Of the workloads, as they were compiled: sha256sum(1). */
export const PROBE_SUMS = join(ROOT, 'build/workloads/SHA256SUMS');

/** The same programs, for what nothing in a container may have exchanged. */
export const PROBES = new Probes({
  directory: join(DEFAULT_ROOTFS, 'usr/bin'),
  sums: PROBE_SUMS,
});
