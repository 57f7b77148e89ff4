// Where device rules are not enforced, no mount but the container's own /dev may open a device.
import { expect, test } from 'vitest';
import { EXAMPLE_HOST } from '../config/example-host.ts';
import type { CgroupLayout } from '../host/facts.ts';
import { configFrom } from '../options/config-from.ts';
import { rootfs } from './rootfs.ts';

const V2: CgroupLayout = {
  mode: 'v2',
  root: '/sys/fs/cgroup',
  controllers: [],
  enabled: [],
  swapAccounting: false,
};

function openingDevices(cgroup: CgroupLayout): string[] {
  const options = {
    rootfs: '/srv/rootfs',
    hostname: 'box',
    readOnly: true,
    volumes: ['/a:/b', '/c:/d:ro'],
    tmpfs: ['/t:dev,exec'],
  };
  return rootfs(configFrom(options, { ...EXAMPLE_HOST, cgroup }, { id: 'made-up' }), cgroup, {
    detached: false,
    sysctls: [],
  }).flatMap((op) => {
    const mounts =
      op.kind === 'root' || op.kind === 'bind' || (op.kind === 'mount' && op.fstype === 'tmpfs');
    return mounts && !op.attributes.includes('nodev')
      ? [op.kind === 'root' ? '/' : op.target.path]
      : [];
  });
}

test('with device rules: as asked', () => {
  expect(openingDevices(EXAMPLE_HOST.cgroup)).toEqual(['/', '/dev', '/b', '/d', '/t']);
});

test('without: /dev, and what was asked for by name', () => {
  expect(openingDevices(V2)).toEqual(['/dev', '/t']);
});
