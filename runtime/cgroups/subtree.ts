// Controllers of cgroup v2 are there for a group when the one above passes them on: cgroup-v2.rst,
// "Enabling and Disabling". Pure.
import type { CgroupLayout } from '../host/facts.ts';
import { LEAF } from '../host/placement.ts';
import type { HostOp } from '../plan/operations.ts';
import type { Limits, WriteOp } from './controllers/controller.ts';
import { CONTROLLERS, joinedWith, requestedBy } from './controllers/index.ts';
import { scopeName } from './directories.ts';

type V2 = Extract<CgroupLayout, { mode: 'v2' }>;

/** Makes the place of a container's group, if there is anything to make. */
export function v2Place(id: string, layout: V2, limits: Limits, detach: boolean): HostOp[] {
  const { placement } = layout;
  const requested = requestedBy(limits);
  const enable = offered(layout, []);
  const more = offered(layout, requested).filter((name) => !enable.includes(name));
  const enableMore = (group: string) => (more.length > 0 ? [enableIn(group, more)] : []);
  if (placement?.kind === 'scope') {
    const name = detach ? scopeName(id) : placement.name;
    const path = `${placement.directory}/${name}`;
    const undo = detach ? { undo: { kind: 'stopunit' as const, name, path } } : {};
    const { slice } = placement;
    const leaf = `${path}/${LEAF}`;
    const weights = Object.assign({}, ...CONTROLLERS.map((one) => one.weights?.(limits)));
    return [
      { kind: 'scope', name, slice, path, leaf, enable, weights, ...undo },
      ...enableMore(path),
    ];
  }
  if (placement?.leaf === undefined)
    return v2Enable(placement?.group ?? layout.root, layout, requested);
  const { group, leaf } = placement;
  return [{ kind: 'leaf', group, leaf, enable }, ...enableMore(group)];
}

/** Passes controllers on to the group's children. */
export function enableIn(group: string, controllers: readonly string[]): WriteOp {
  return {
    kind: 'write',
    path: `${group}/cgroup.subtree_control`,
    value: controllers.map((name) => `+${name}`).join(' '),
  };
}

/**
 * Passes the controllers on to the group's children: those that limit or count, one write for those
 * that are not passed on yet. It stays so afterwards, as other groups may have come to need it.
 */
export function v2Enable(
  group: string,
  layout: Pick<V2, 'controllers' | 'enabled'>,
  requested: readonly string[],
): WriteOp[] {
  const missing = offered(layout, requested).filter((name) => !layout.enabled.includes(name));
  return missing.length === 0 ? [] : [enableIn(group, missing)];
}

function offered({ controllers }: Pick<V2, 'controllers'>, requested: readonly string[]): string[] {
  return joinedWith(requested).flatMap(({ name }) => (controllers.includes(name) ? [name] : []));
}
