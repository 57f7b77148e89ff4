// Features of this kernel, checked without the runtime: tells whether a refusal means *not proven
// here*.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupMounts } from './mounts.ts';

/**
 * Whether the kernel has a controller for limits: in a mounted v1 hierarchy, or else in the root of
 * the v2 tree.
 */
export function hasController(name: string): boolean {
  const mounts = cgroupMounts();
  const v1 = mounts.filter(({ type }) => type === 'cgroup');
  if (v1.length > 0) return v1.some(({ superOptions }) => superOptions.includes(name));
  const [v2] = mounts;
  if (v2 === undefined) return false;
  return readFileSync(join(v2.point, 'cgroup.controllers'), 'utf8')
    .trim()
    .split(' ')
    .includes(name);
}

/** Whether iproute2 can make a pair of links, which it then removes. */
export function hasVeth(): boolean {
  const name = `tt${randomBytes(4).toString('hex')}`;
  if (spawnSync('ip', ['link', 'add', name, 'type', 'veth'], { stdio: 'ignore' }).status !== 0)
    return false;
  spawnSync('ip', ['link', 'del', name], { stdio: 'ignore' });
  return true;
}
