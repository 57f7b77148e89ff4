// The folders of a checkout as rooms, and the imports between them as arrows. Pure.
import { dirname, join, normalize } from 'node:path';

/** An import from one folder into another, with the files of its first occurrence. */
export interface Arrow {
  from: string;
  to: string;
  by: string;
}

// `import type` and `export type` carry data shapes only and are erased: they make no arrow.
const IMPORT = /^(?:import|export) (?!type )[^'"`;]*?from '(\.[^']+)'|^import '(\.[^']+)'/gm;
const LAZY = /import\('(\.[^']+)'\)/g;

/** The arrows of some sources, given as path and text. */
export function arrowsOf(sources: ReadonlyMap<string, string>): Arrow[] {
  const arrows = new Map<string, Arrow>();
  for (const [file, text] of sources) {
    for (const match of [...text.matchAll(IMPORT), ...text.matchAll(LAZY)]) {
      const target = normalize(join(dirname(file), match[1] ?? match[2] ?? ''));
      const [from, to] = [dirname(file), dirname(target)];
      if (from !== to && !arrows.has(`${from} ${to}`))
        arrows.set(`${from} ${to}`, { from, to, by: `${file} imports ${target}` });
    }
  }
  return [...arrows.values()];
}

/** Every arrow that lies on a circle: its end leads back to its beginning. */
export function circular(arrows: readonly Arrow[]): Arrow[] {
  const next = Map.groupBy(arrows, ({ from }) => from);
  const reaches = (from: string, to: string): boolean => {
    const seen = new Set<string>();
    const open = [from];
    for (let room = open.pop(); room !== undefined; room = open.pop()) {
      if (room === to) return true;
      if (seen.has(room)) continue;
      seen.add(room);
      open.push(...(next.get(room) ?? []).map((arrow) => arrow.to));
    }
    return false;
  };
  return arrows.filter(({ from, to }) => reaches(to, from));
}

/**
 * Arrows that run upwards. `floors`: folders from the top down; an unlisted folder belongs to the
 * layer of its parent.
 */
export function upward(arrows: readonly Arrow[], floors: readonly (readonly string[])[]): Arrow[] {
  const floorOf = (path: string): number => {
    const floor = floors.findIndex((rooms) => rooms.includes(path));
    if (floor >= 0 || path === '.') return floor;
    return floorOf(dirname(path));
  };
  return arrows.filter(({ from, to }) => {
    const [start, end] = [floorOf(from), floorOf(to)];
    return start >= 0 && end >= 0 && start > end;
  });
}
