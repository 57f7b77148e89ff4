// The host's own namespaces are refused before anything is made: the one would lose its root, the
// other its name.
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { refuseHostsOwn } from './inspect.ts';
import { configure } from './prepare.ts';

const ROOTFS = join(import.meta.dirname, '../../../fixtures');

function refusedFields(attempt: () => unknown): string[] {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path }) => path);
    throw error;
  }
  return [];
}

describe('refuseHostsOwn', () => {
  it('names both when both are the host’s', () => {
    const options = {
      rootfs: ROOTFS,
      hostname: 'box',
      mountNs: 'ns:/proc/self/ns/mnt',
      uts: 'ns:/proc/self/ns/uts',
    } as const;
    expect(refusedFields(() => configure(options))).toEqual(['mountNs', 'uts']);
  });

  it('lets the host keep its name', () => {
    const options = { rootfs: ROOTFS, hostname: hostname(), uts: 'ns:/proc/self/ns/uts' } as const;
    expect(refusedFields(() => configure(options))).toEqual([]);
  });

  it('leaves new namespaces alone', () => {
    expect(
      refusedFields(() => refuseHostsOwn(configure({ rootfs: ROOTFS, hostname: 'box' }), 'vm')),
    ).toEqual([]);
  });
});
