// What this kernel has and lacks, asked without the runtime: whether a refusal means that nothing
// can be shown here.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * Whether the kernel has a controller where limits are made: a mounted v1 hierarchy, or the root of
 * a v2 tree without any.
 */
export function hasController(name: string): boolean {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const v1 = mounts.filter((fields) => fields[fields.indexOf('-') + 1] === 'cgroup');
  if (v1.length > 0) return v1.some((fields) => fields.at(-1)?.split(',').includes(name));
  const v2 = mounts.find((fields) => fields[fields.indexOf('-') + 1] === 'cgroup2');
  return (
    v2?.[4] !== undefined &&
    readFileSync(`${v2[4]}/cgroup.controllers`, 'utf8').trim().split(' ').includes(name)
  );
}

/** Whether iproute2 can make a pair of links, which is removed again. */
export function hasVeth(): boolean {
  const name = `tt${randomBytes(4).toString('hex')}`;
  if (spawnSync('ip', ['link', 'add', name, 'type', 'veth'], { stdio: 'ignore' }).status !== 0)
    return false;
  spawnSync('ip', ['link', 'del', name], { stdio: 'ignore' });
  return true;
}
