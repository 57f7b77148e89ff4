// Lists of processors in the kernel's own syntax (cpuset(7), "List format"): 0-3,6. Pure.

/**
 * Numbers of a list as in cpuset(7), `0-3,6`, ascending and each once; undefined when it is
 * malformed. A newline may end it, as in the kernel's files. Ranges are bounded by 65536 so that a hostile list cannot exhaust memory.
 */
export function parseCpuList(list: string): number[] | undefined {
  const cpus = new Set<number>();
  for (const part of list.replace(/\n$/, '').split(',')) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    if (!match) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first || last > 65535) return undefined;
    for (let cpu = first; cpu <= last; cpu++) cpus.add(cpu);
  }
  return [...cpus].sort((a, b) => a - b);
}

/** The list as the kernel writes it back: runs joined, `0,1,2,6` is `0-2,6`. */
export function formatCpuList(cpus: readonly number[]): string {
  const runs: { first: number; last: number }[] = [];
  for (const cpu of cpus) {
    const run = runs.at(-1);
    if (run && run.last + 1 === cpu) run.last = cpu;
    else runs.push({ first: cpu, last: cpu });
  }
  return runs
    .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
    .join(',');
}
