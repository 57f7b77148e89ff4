// Memory that can still be had: the machine's or, where this runs in a container, what its memory
// cgroup leaves.
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { textIfThere } from '../../harness/observe/if-there.ts';
import { hierarchies } from '../targets/groups.ts';
import { meminfoKib } from './footprint.ts';

const MIB = 1048576;

interface Room {
  readonly freeMiB: number;
  readonly allMiB: number;
}

/** Whether others would suffer: less than an eighth is left, or than half a GiB where that is less. */
export function isShort({ freeMiB, allMiB }: Room = room()): boolean {
  return freeMiB < Math.max(Math.min(512, allMiB / 2), allMiB / 8);
}

function room(): Room {
  const machine = { freeMiB: meminfoKib('MemAvailable') / 1024, allMiB: totalmem() / MIB };
  return [machine, ...groupRooms()].reduce((least, each) =>
    each.freeMiB < least.freeMiB ? each : least,
  );
}

/** Of root cgroups, which have a limit in a container only. memory.rst of v1, cgroup-v2.rst */
function groupRooms(): Room[] {
  const withMemory = hierarchies().filter(({ controllers }) => controllers.includes('memory'));
  return withMemory.flatMap(({ path, version }): Room[] => {
    const [total, current, old] =
      version === 1
        ? ['memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file']
        : ['memory.max', 'memory.current', 'inactive_file'];
    const read = (file: string) => textIfThere(join(path, file)).trim();
    const limit = Number(read(total) || Number.NaN); // NaN for `max` as well
    // Files that were not read for a while are given up before a process is killed.
    const given = new RegExp(`^${old} (\\d+)`, 'm').exec(read('memory.stat'))?.[1] ?? 0;
    const freeMiB = (limit - Number(read(current)) + Number(given)) / MIB;
    return limit < totalmem() ? [{ freeMiB, allMiB: limit / MIB }] : [];
  });
}
