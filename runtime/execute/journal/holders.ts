// Whether another runtime is making, or keeps, a container of a name: each has the journal open,
// whatever its state directory.
import { basename } from 'node:path';
import { linkOf, namesIn } from '../../host/files.ts';
import { drafterOf, journalled } from './journal.ts';

/**
 * The pid of a process that has a journal of this id open; undefined when there is none among those
 * that can be seen.
 * `own`: path of a journal, or of its draft, that does not count.
 */
export function holderOfId(id: string, own: (path: string) => boolean): number | undefined {
  for (const pid of namesIn('/proc').filter((name) => /^\d+$/.test(name)))
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
  try {
    return namesIn(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [linkOf(`/proc/${pid}/fd/${fd}`)];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
