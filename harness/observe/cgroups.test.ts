// Cgroups are found by their full name, at any depth, in every mounted hierarchy.
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cgroupsNamed } from './cgroups.ts';
import { cgroupMounts } from './mounts.ts';

test('a group below another is found by its whole name only', () => {
  const name = `found-${randomBytes(4).toString('hex')}`;
  // A new v1 cpuset group takes no process, and this one gets none: any hierarchy will do.
  const mount = cgroupMounts().findLast(({ options }) => options.includes('rw'));
  if (mount === undefined) throw new Error('no cgroups are mounted here');
  const [outer, inner] = [`${mount.point}/${name}`, `${mount.point}/${name}/${name}.scope`];
  mkdirSync(outer);
  try {
    mkdirSync(inner);
    try {
      expect(cgroupsNamed(name)).toEqual([outer]);
      expect(cgroupsNamed(`${name}.scope`)).toEqual([inner]);
      expect(cgroupsNamed(name.slice(0, -1))).toEqual([]);
    } finally {
      rmdirSync(inner);
    }
  } finally {
    rmdirSync(outer);
  }
});
