// Changing the limits of a running container: what to write in which order, and taking all of it
// back when the kernel refuses one.
import { basename, dirname } from 'node:path';
import { asError, StateError, TerrariumError } from '../base/errors.ts';
import type { CgroupLayout } from '../host/facts.ts';
import type { CgroupFacts, ChangeOp, Limits, ReadFile, WriteOp } from './controllers/controller.ts';
import { CONTROLLERS, hintOf, requestedBy } from './controllers/index.ts';
import { type ContainerCgroups, directoryOf } from './directories.ts';
import { controllerOf, passOnAgain } from './enable-again.ts';
import { refuseUnenforceable } from './enforceable.ts';
import { isErrno, readIfThere, writeFile } from './files.ts';
import { type GivenLimits, givenLimits, holds } from './lost.ts';

/**
 * Sets what is given, leaves the rest. Either everything is in force afterwards, read back, or
 * nothing has changed. `writeDown` keeps what v2 files say then, and may throw. Throws StateError
 * when the container has no cgroup, HostError for a limit that this host cannot enforce, and
 * TerrariumError when the kernel refuses one: EBUSY when memory in use cannot be brought below a v1
 * limit. (v2 does not refuse: it ends processes until the limit holds.)
 */
export function updateLimits(
  id: string,
  cgroups: ContainerCgroups,
  limits: Limits,
  host: CgroupFacts,
  writeDown: (given: GivenLimits) => void = () => {},
): void {
  const now = (): CgroupFacts => ({ ...host, cgroup: layoutOf(cgroups, host.cgroup) });
  if (cgroups.mode === 'v2') enableMissing(cgroups, limits, now());
  const here = now();
  refuseUnenforceable(limits, here.cgroup);
  const done: WriteOp[] = [];
  try {
    const writes = updateWrites(id, cgroups, limits, here, readIfThere);
    for (const write of writes) {
      const { path, undo = readIfThere(path) ?? '' } = write;
      done.unshift({ kind: 'write', path, value: undo });
      perform(write, here);
    }
    if (cgroups.mode === 'v2') writeDown(givenLimits(writes));
  } catch (cause) {
    const error =
      cause instanceof TerrariumError
        ? cause
        : new TerrariumError('limits cannot be changed', { cause });
    for (const { path, value } of done) {
      try {
        writeFile(path, value);
      } catch (failure) {
        // With the file went what was changed.
        if (isErrno(failure, 'ENOENT', 'ENODEV')) continue;
        error.cleanupErrors.push(asError(failure));
      }
    }
    throw error;
  }
}

/** Controllers that were switched off since the start are passed on again: their files are gone. */
function enableMissing(cgroups: ContainerCgroups, limits: Limits, host: CgroupFacts): void {
  const group = cgroups.directories[0]?.path ?? '';
  if (readIfThere(`${group}/cgroup.procs`) === undefined) return;
  const writes = updateWrites('', cgroups, limits, host, readIfThere);
  if (writes.some(({ path }) => readIfThere(path) === undefined))
    passOnAgain(dirname(group), requestedBy(limits));
}

/**
 * What the container's groups offer. The host's layout is what our mounts show: hidden, read-only
 * or changed since.
 */
function layoutOf(cgroups: ContainerCgroups, host: CgroupLayout): CgroupLayout {
  const { mode, directories } = cgroups;
  if (mode === 'none') return { mode, reason: 'the container was made without cgroups' };
  if (mode !== 'v2') {
    if (mode === host.mode) return host;
    const hierarchies = directories.flatMap(({ controllers, root }) =>
      controllers.flatMap((name) => (name === 'unified' ? [] : [[name, root] as const])),
    );
    return { mode, hierarchies: Object.fromEntries(hierarchies), swapAccounting: true };
  }
  const { root = '', path = '' } = directories[0] ?? {};
  const parent = dirname(path);
  const words = (file: string) => (readIfThere(file) ?? '').split(/\s+/).filter(Boolean);
  return {
    mode,
    root,
    controllers: words(`${parent}/cgroup.controllers`),
    enabled: words(`${parent}/cgroup.subtree_control`),
    swapAccounting: readIfThere(`${path}/memory.swap.max`) !== undefined,
  };
}

/**
 * The writes in the only order that the kernel takes, given what is set now. Pure but for `read`.
 */
export function updateWrites(
  id: string,
  cgroups: ContainerCgroups,
  limits: Limits,
  host: CgroupFacts,
  read: ReadFile,
): ChangeOp[] {
  return CONTROLLERS.flatMap(({ hierarchies, onRequest, asks, update }) => {
    const group = directoryOf(cgroups, hierarchies[0]);
    if (group !== undefined) return update({ group, limits, host, read });
    if (asks(limits) === undefined) return [];
    throw new StateError(`${id} was started without ${onRequest ?? hierarchies[0]}`, {
      hint: `on cgroup v1 it cannot be added later: start ${id} anew with it`,
    });
  });
}

function perform({ path, value, readBack }: WriteOp, host: CgroupFacts): void {
  const file = basename(path);
  try {
    writeFile(path, value);
  } catch (cause) {
    if (isErrno(cause, 'ENOENT', 'ENODEV')) throw absent(path, cause);
    if (!isErrno(cause)) throw cause;
    const { code = '' } = cause;
    const known = hintOf({
      ...{ step: 'update', code, group: dirname(path), file, value, host, read: readIfThere },
      ...{ may: () => true, whyDenied: () => undefined },
    });
    throw new TerrariumError(`${file} cannot be set to ${value}: ${code}`, {
      hint: known ?? anyLimit(code),
      cause,
    });
  }
  const said = readBack === undefined ? undefined : readIfThere(path);
  if (readBack !== undefined && !holds(said, readBack))
    throw new TerrariumError(`${file} was set to ${value}, and the kernel says ${said}`);
}

/** Of v2: the group is there, and its controller switched off. */
function absent(path: string, cause: unknown): StateError {
  const group = dirname(path);
  const file = basename(path);
  if (readIfThere(`${group}/cgroup.procs`) === undefined)
    return new StateError(`no cgroup at ${group}`, {
      hint: 'the container may have ended',
      cause,
    });
  return new StateError(`${group} has no ${file}: its controller has been switched off`, {
    hint: `echo +${controllerOf(file)} > ${dirname(group)}/cgroup.subtree_control says why it stays so; systemd switches off what no unit with Delegate=yes needs`,
    cause,
  });
}

/** What is the same for every controller. */
function anyLimit(code: string): string | undefined {
  if (code === 'EBUSY') return 'the kernel is using what would be taken away';
  if (code === 'EINVAL')
    return 'the value is out of the range that the kernel takes, or a group inside the container has a higher one';
  return undefined;
}
