// Memory that can still be had: the machine's or, where this runs in a container, what its memory
// group leaves.
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { hierarchies } from '../targets/groups.ts';
import { availableMiB } from './footprint.ts';

const MIB = 1048576;

interface Room {
  readonly freeMiB: number;
  readonly allMiB: number;
}

/**
 * Whether so little is left that others would suffer: less than an eighth, or than half a GiB where
 * there is more than one.
 */
export function isShort({ freeMiB, allMiB }: Room = room()): boolean {
  return freeMiB < Math.max(Math.min(512, allMiB / 2), allMiB / 8);
}

function room(): Room {
  const machine = { freeMiB: availableMiB(), allMiB: totalmem() / MIB };
  return [machine, ...groupRooms()].reduce((least, each) =>
    each.freeMiB < least.freeMiB ? each : least,
  );
}

/**
 * Of the groups that are the root here: only in a container has that one a limit. memory.rst of
 * cgroup-v1, cgroup-v2.rst
 */
function groupRooms(): Room[] {
  return hierarchies()
    .filter(({ controllers }) => controllers.includes('memory'))
    .flatMap(({ path, version }): Room[] => {
      const v1 = version === 1;
      const limit = numberIn(join(path, v1 ? 'memory.limit_in_bytes' : 'memory.max'));
      const usage = numberIn(join(path, v1 ? 'memory.usage_in_bytes' : 'memory.current'));
      // Files that nobody has read for a while are given up before anybody is killed.
      const old = new RegExp(`^${v1 ? 'total_' : ''}inactive_file (\\d+)`, 'm').exec(
        textOf(join(path, 'memory.stat')),
      )?.[1];
      return limit < totalmem()
        ? [{ freeMiB: (limit - usage + Number(old ?? 0)) / MIB, allMiB: limit / MIB }]
        : [];
    });
}

/** NaN for `max`, and where there is no such file. */
function numberIn(path: string): number {
  const text = textOf(path).trim();
  return text === '' ? Number.NaN : Number(text);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
