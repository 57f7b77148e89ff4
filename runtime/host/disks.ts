// Disks that I/O can be limited on, looked at when an option names one: sysfs(5), and
// Documentation/ABI/stable/sysfs-block.
import { existsSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { pathOf } from '../base/bytes.ts';
import type { Disk, Disks } from './facts.ts';
import { linkOf, namesIn, textIfReadable } from './files.ts';

/** `cgroupRoot`: of the v2 tree, where there is one with controllers. */
export function disksOf(cgroupRoot: string | undefined): Disks {
  return { find: findDisk, sharedBy: () => sharedBy(cgroupRoot) };
}

function findDisk(path: string): Disk | undefined {
  const stats = statSync(pathOf(path), { throwIfNoEntry: false });
  if (!stats?.isBlockDevice()) return undefined;
  const { major, minor } = numbersOf(stats.rdev);
  const entry = `/sys/dev/block/${major}:${minor}`;
  return existsSync(pathOf(`${entry}/partition`))
    ? { major, minor, partitionOf: `/dev/${basename(dirname(linkOf(entry)))}` }
    : { major, minor };
}

/** makedev(3), as glibc and the kernel put both into one number. Pure. */
export function numbersOf(rdev: number): { readonly major: number; readonly minor: number } {
  const bits = BigInt(rdev);
  return {
    major: Number(((bits >> 8n) & 0xfffn) | ((bits >> 32n) & 0xfffff000n)),
    minor: Number((bits & 0xffn) | ((bits >> 12n) & 0xffffff00n)),
  };
}

/** BFQ is a choice of each disk; io.cost is switched on in the root of a v2 tree. */
function sharedBy(cgroupRoot: string | undefined): 'bfq' | 'iocost' | undefined {
  if (cgroupRoot !== undefined && /\benable=1\b/.test(text(`${cgroupRoot}/io.cost.qos`)))
    return 'iocost';
  const schedulers = names('/sys/block').map((disk) => text(`/sys/block/${disk}/queue/scheduler`));
  return schedulers.some((list) => list.includes('[bfq]')) ? 'bfq' : undefined;
}

function text(path: string): string {
  return textIfReadable(path) ?? '';
}

function names(path: string): string[] {
  return existsSync(pathOf(path)) ? namesIn(path) : [];
}
