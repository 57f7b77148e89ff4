// The line at the shell after the kernel has killed a process for memory.
import type { OomReport } from '../../cgroups/oom-watch.ts';

const MIB = 1024 * 1024;

/**
 * `terrarium: memory-hog (host pid 4711) was killed: out of memory at the container's limit of 64
 * MiB`.
 */
export function oomLine({ kills, victims, limitBytes }: OomReport): string {
  const names = victims.map(({ process, pid }) => `${process} (host pid ${pid})`);
  const who =
    names.length > 0 ? names.join(', ') : kills === 1 ? 'a process' : `${kills} processes`;
  const limit =
    limitBytes === undefined
      ? 'a limit above the container'
      : `the container's limit of ${size(limitBytes)}`;
  return `terrarium: ${who} ${kills === 1 ? 'was' : 'were'} killed: out of memory at ${limit}`;
}

function size(bytes: number): string {
  return bytes % MIB === 0 ? `${bytes / MIB} MiB` : `${(bytes / MIB).toFixed(1)} MiB`;
}
