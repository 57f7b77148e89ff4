// Whether another runtime is making, or keeps, a container of a name: each has the journal open,
// whatever its state directory.
import { basename } from 'node:path';
import { isShortage, linkOf, namesIn } from '../../host/files.ts';
import { pids } from '../../host/process/world.ts';
import { drafterOf, journalled } from './journal.ts';

/**
 * The pid of a process that has a journal of this id open; undefined when there is none among those
 * that can be seen.
 * `own`: path of a journal, or of its draft, that does not count.
 *
 * @throws Node's error when descriptors or memory are used up: one may well have it open
 */
export function holderOfId(id: string, own: (path: string) => boolean): number | undefined {
  for (const pid of pids())
    if (openFiles(pid).some((path) => !own(path) && idOf(path) === id)) return Number(pid);
  return undefined;
}

/**
 * What was linked to its name is still shown by its first one, proc_pid_fd(5):
 * `/run/terrarium/.12.34.4:56.web (deleted)`.
 */
function idOf(path: string): string | undefined {
  const name = basename(path.replace(/ \(deleted\)$/, ''));
  return drafterOf(name)?.id ?? journalled(name);
}

function openFiles(pid: string): string[] {
  const directory = `/proc/${pid}/fd`;
  const names = seen(() => namesIn(directory)) ?? [];
  return names.flatMap((fd) => seen(() => linkOf(`${directory}/${fd}`)) ?? []);
}

/** Undefined when it is gone, or not to be seen. */
function seen<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (isShortage(error)) throw error;
    return undefined;
  }
}
