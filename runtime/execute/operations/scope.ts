// Creates the parent of the containers' cgroups under systemd: a scope that a keeper holds, or
// a leaf for this process.
import { existsSync, mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { pathOf } from '../../base/bytes.ts';
import { HostError, messageOf, TerrariumError } from '../../base/errors.ts';
import { CGROUP_PREFIX } from '../../cgroups/directories.ts';
import { isErrno, writeFile } from '../../cgroups/files.ts';
import { enableIn } from '../../cgroups/subtree.ts';
import type { HostOp } from '../../plan/operations.ts';
import { Keeper } from '../spawn/keeper.ts';

export type PlaceOp = Extract<HostOp, { kind: 'scope' | 'leaf' }>;

/** systemd refused the scope or unit: the caller may try another placement. */
export class PlacementError extends HostError {
  override name = 'PlacementError';
  readonly kind: PlaceOp['kind'];

  constructor(kind: PlaceOp['kind'], message: string, cause: unknown) {
    super('systemd', message, { cause });
    this.kind = kind;
  }
}

/** By path; removed when the keeper, and with it the scope, has ended. */
const places = new Map<string, Promise<Keeper | undefined>>();
const ready = new Set<string>();

/** Whether it exists already: only the first start waits for it. */
export function isPlaced(op: PlaceOp): boolean {
  return ready.has(pathOfPlace(op));
}

/** Creates it once, whatever the number of calls. @throws PlacementError */
export async function place(op: PlaceOp): Promise<void> {
  const path = pathOfPlace(op);
  const making = places.get(path) ?? (op.kind === 'scope' ? makeScope(op) : makeLeaf(op));
  places.set(path, making);
  try {
    const keeper = await making;
    ready.add(path);
    void keeper?.ended.then(() => forget(path));
  } catch (error) {
    forget(path);
    throw new PlacementError(op.kind, messageOf(error), error);
  }
}

/** A detached container's watcher holds the scope now. */
export async function release(op: PlaceOp): Promise<void> {
  (await places.get(pathOfPlace(op)))?.end();
}

/** Ends a scope of ours that is still there. @throws TerrariumError */
export async function stopScope(name: string, path: string): Promise<void> {
  if (!name.startsWith(CGROUP_PREFIX) || !name.endsWith('.scope') || basename(path) !== name)
    throw new TerrariumError(`${name} is not the scope of a container`);
  (await places.get(path)?.catch(() => undefined))?.end();
  if (!existsSync(pathOf(path))) return;
  const { requestStop } = await import('../../systemd/units.ts');
  await requestStop(name);
}

function pathOfPlace(op: PlaceOp): string {
  return op.kind === 'scope' ? op.path : op.leaf;
}

function forget(path: string): void {
  places.delete(path);
  ready.delete(path);
}

async function makeScope(op: Extract<PlaceOp, { kind: 'scope' }>): Promise<Keeper> {
  const keeper = await Keeper.start();
  try {
    const { requestScope } = await import('../../systemd/units.ts');
    const description = op.undo === undefined ? 'Containers of terrarium' : `Container ${op.name}`;
    await requestScope({ ...op, description, pid: keeper.pid });
    moveTo(op.leaf, keeper.pid);
    passOn(op.path, op.enable);
    return keeper;
  } catch (error) {
    keeper.end();
    throw error;
  }
}

async function makeLeaf({ group, leaf, enable }: Extract<PlaceOp, { kind: 'leaf' }>) {
  moveTo(leaf, process.pid);
  passOn(group, enable);
  return undefined;
}

function moveTo(leaf: string, pid: number): void {
  try {
    mkdirSync(pathOf(leaf));
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  writeFile(`${leaf}/cgroup.procs`, String(pid));
}

function passOn(group: string, controllers: readonly string[]): void {
  if (controllers.length === 0) return;
  const { path, value } = enableIn(group, controllers);
  writeFile(path, value);
}
