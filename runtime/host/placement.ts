// Where systemd wants a container's groups: below a unit that it has delegated, else in a scope.
// Pure but for what is asked of `place`.
import type { Placement } from './facts.ts';

/** What is looked up of our own place in the v2 tree. */
export interface OwnPlace {
  /** Where the tree is mounted. */
  readonly root: string;
  /** Our own group, as /proc/self/cgroup has it: `/system.slice/web.service`. */
  readonly group: string;
  readonly pid: number;
  /** Whether systemd has delegated the group in this directory: its extended attribute says so. */
  readonly delegated: (directory: string) => boolean;
  /** Of the group in this directory alone. */
  readonly processes: (directory: string) => readonly number[];
}

/** The processes of a runtime and its keepers, beside the containers' groups: a leaf. */
export const LEAF = 'terrarium';

const UNIT = /\.(service|scope|slice|socket|mount|swap)$/;

/**
 * `scope`: its name, if one can be asked for. Undefined where systemd does not manage our group, or
 * cannot be asked.
 */
export function placementOf(place: OwnPlace, scope: string | undefined): Placement | undefined {
  const parts = place.group.split('/').filter(Boolean);
  // Above the root of our cgroup namespace.
  if (parts.includes('..')) return undefined;
  const unit = delegatedUnit(place, parts);
  if (unit !== undefined && 'group' in unit) return unit;
  if (scope === undefined) return undefined;
  const end = parts.findIndex((part) => !part.endsWith('.slice'));
  const slices = end < 0 ? parts : parts.slice(0, end);
  return {
    kind: 'scope',
    slice: slices.at(-1) ?? '-.slice',
    directory: [place.root, ...slices].join('/'),
    name: scope,
    ...(end >= 0 && parts[end]?.endsWith('.service') ? { service: parts[end] } : {}),
    ...unit,
  };
}

/** The nearest delegated group up to our own unit's; further up others have their say. */
function delegatedUnit(
  { root, pid, delegated, processes }: OwnPlace,
  parts: readonly string[],
): Extract<Placement, { kind: 'unit' }> | { readonly occupied: string } | undefined {
  for (let length = parts.length; length > 0; length--) {
    const group = [root, ...parts.slice(0, length)].join('/');
    const named = parts.slice(0, length).findLast((part) => UNIT.test(part)) ?? '';
    if (delegated(group)) {
      const inside = processes(group);
      if (inside.some((one) => one !== pid)) return { occupied: named };
      const leaf = inside.length > 0 ? { leaf: `${group}/${LEAF}` } : {};
      return { kind: 'unit', unit: named, group, ...leaf };
    }
    if (UNIT.test(parts[length - 1] ?? '')) return undefined;
  }
  return undefined;
}
