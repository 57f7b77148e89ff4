// Lists of processors in the kernel's own syntax (cpuset(7), "List format"): 0-3,6.
import type { Parsed } from '../config/problems.ts';

type Range = readonly [first: number, last: number];

/** The kernel's NR_CPUS is 8192 at most. */
const MOST = 8192;

/** Sorted, overlapping and adjoining ranges joined; undefined if it is not a list. */
function ranges(list: string): Range[] | undefined {
  const parsed: Range[] = [];
  for (const part of list.split(',')) {
    const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part);
    if (!match) return undefined;
    const range: Range = [Number(match[1]), Number(match[2] ?? match[1])];
    if (range[1] < range[0] || range[1] >= MOST) return undefined;
    parsed.push(range);
  }
  const joined: Range[] = [];
  for (const range of parsed.toSorted((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && range[0] <= last[1] + 1)
      joined[joined.length - 1] = [last[0], Math.max(last[1], range[1])];
    else joined.push(range);
  }
  return joined;
}

/** The list as the kernel writes it back, once every processor in it is known to be online. */
export function parseCpuset(input: string, online: string): Parsed<string> {
  const wanted = ranges(input);
  if (!wanted)
    return {
      problem: 'is not a list of processors',
      hint: 'numbers and ranges with commas between them: 0-3,6',
    };
  const there = ranges(online.trim()) ?? [];
  const absent = wanted.find(
    ([first, last]) => !there.some((range) => range[0] <= first && last <= range[1]),
  );
  if (absent)
    return {
      problem: `names a processor that is not online: ${text(absent)}`,
      hint: `online are ${online.trim()}`,
    };
  return { value: wanted.map(text).join(',') };
}

function text([first, last]: Range): string {
  return first === last ? String(first) : `${first}-${last}`;
}
