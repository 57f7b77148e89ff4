// A container's objects on the host, by its id alone: never through the tested program.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { linkName } from '../../runtime/network/addresses.ts';

/** The variable that marks every process of a case, the container's own too. */
export const MARK = 'TERRARIUM_FAULT_CASE';

/** Time for the kernel's own clean-up: a link is removed after its namespace. */
const SETTLED_MS = 400;

/** All objects of the container `id`, and all files of its state directory: kind and path. */
export function remains(id: string, state: string): string[] {
  return [
    ...files(state).map((file) => `state ${file}`),
    ...cgroups('/sys/fs/cgroup', id).map((path) => `cgroup ${path}`),
    ...[`/sys/class/net/${linkName(id)}`].filter(existsSync).map((path) => `link ${path}`),
    ...mounts(id, state).map((point) => `mount ${point}`),
    ...processes(id),
  ];
}

/** The same, after the kernel's clean-up. `allowed`: objects that existed before. */
export async function remainsBut(
  allowed: ReadonlySet<string>,
  id: string,
  state: string,
): Promise<string[]> {
  const deadline = performance.now() + SETTLED_MS;
  for (;;) {
    const left = remains(id, state).filter((thing) => !allowed.has(thing));
    if (left.length === 0 || performance.now() > deadline) return left;
    await delay(20);
  }
}

/** Directories do not count: the runtime makes some once and keeps them. */
function files(state: string): string[] {
  return readdirSync(state, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && entry.name !== 'lock')
    .map(({ parentPath, name }) => join(parentPath, name).slice(state.length + 1));
}

/** Cgroups of any hierarchy whose name ends with the container's. */
function cgroups(directory: string, id: string): string[] {
  let children: string[];
  try {
    children = readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
  return children.flatMap((name) => {
    const path = join(directory, name);
    const own = name === `terrarium-${id}` || name === `terrarium-${id}.scope` ? [path] : [];
    return [...own, ...cgroups(path, id)];
  });
}

function mounts(id: string, state: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(id) || line.includes(`${state}/`))
    .map((line) => line.split(' ')[4] ?? line);
}

function processes(id: string): string[] {
  const mark = `${MARK}=${id}\0`;
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark)) return [];
      const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
      // Our injector, which ends with its traced processes.
      // Its name may change: a container's process is `exe` until it executes its command.
      return name === 'inject' ? [] : [`process ${pid}`];
    } catch {
      return [];
    }
  });
}
