// The owner of a container on this host: this run, or another user. Unknown owners count as this
// run.
import { mkdirSync, statSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import type { AuditRow } from '../../harness/evidence/model.ts';
import { processesIn } from '../../harness/observe/cgroups.ts';
import { linkIfThere, namesIfThere, textIfThere } from '../../harness/observe/if-there.ts';
import { allPids, isIn, statusIfThere } from '../../harness/observe/process.ts';
import { linkName } from '../../runtime/network/addresses.ts';
import { STATE_DIRECTORY } from './places.ts';
import { holdsUnseen } from './unseen.ts';

type Owner = 'own' | 'other' | 'unknown';

/** The draft of a journal: pid, start time and PID namespace of its creator, then the id. */
const DRAFT = /^\.(\d+)\.\d*\.(?:(\d+:\d+)\.)?(.+)$/;

export class Ownership {
  /** `NAME=value`: in the environment of every process of this run. */
  readonly #marker: string;
  readonly #project: string;
  readonly #owners = new Map<string, Owner>();
  #stop = () => {};

  constructor(marker: string, project: string) {
    this.#marker = marker;
    this.#project = project;
  }

  /**
   * Starts to observe creators of containers: the creator's pid is in the name of the journal's
   * draft.
   */
  watch(): void {
    try {
      mkdirSync(STATE_DIRECTORY, { recursive: true, mode: 0o700 });
      const watcher = watch(STATE_DIRECTORY, { persistent: false }, (_, name) => this.#made(name));
      watcher.on('error', () => {});
      this.#stop = () => watcher.close();
    } catch {
      // Not root, or no such directory: unknown owners count as this run.
    }
  }

  stop(): void {
    this.#stop();
  }

  #made(name: string | null): void {
    const [, pid, namespace, id] = DRAFT.exec(name ?? '') ?? [];
    if (pid === undefined || id === undefined || this.#owners.has(id)) return;
    // A PID of another PID namespace means nothing here.
    if (namespace !== undefined && namespace !== identity('/proc/self/ns/pid')) return;
    const owner = this.#ownerOfProcess(Number(pid));
    if (owner !== 'unknown') this.#owners.set(id, owner);
  }

  /**
   * Reads the state directories of other users: below other mount namespaces, and from their
   * environments.
   */
  look(): void {
    const ours = identity(STATE_DIRECTORY);
    const seen = new Set<string>();
    for (const pid of allPids()) {
      const namespace = linkIfThere(`/proc/${pid}/ns/mnt`);
      const named = /(?:^|\0)TERRARIUM_STATE=([^\0]*)/.exec(
        textIfThere(`/proc/${pid}/environ`),
      )?.[1];
      for (const place of named === undefined ? [STATE_DIRECTORY] : [STATE_DIRECTORY, named]) {
        if (seen.has(`${namespace} ${place}`)) continue;
        seen.add(`${namespace} ${place}`);
        const directory = `/proc/${pid}/root${place}`;
        const found = identity(directory);
        if (found === undefined || found === ours || this.#ownerOfProcess(pid) === 'own') continue;
        for (const id of namesIfThere(directory).flatMap(idOfFile))
          if (!this.#owners.has(id)) this.#owners.set(id, 'other');
      }
    }
  }

  /** Whether an entry of the audit is another user's. */
  isOthers(what: AuditRow['what'], entry: string): boolean {
    switch (what) {
      case 'cgroups':
        return this.#ownerOfGroup(entry) === 'other';
      case 'links':
        return [...this.#owners].some(([id, owner]) => owner === 'other' && linkName(id) === entry);
      case 'state files':
        return this.#ownerOfFile(entry) === 'other';
      case 'processes':
        return this.#ownerOfMember(Number(entry.split(' ', 1)[0])) === 'other';
      case 'namespaces': {
        const owners = allPids()
          .filter((pid) => isIn(pid, entry))
          .map((pid) => this.#ownerOfMember(pid));
        // The watcher of a detached container has no owner of its own; processes in its namespaces
        // do.
        return !owners.includes('own') && (owners.length === 0 || owners.includes('other'));
      }
      case 'mounts': {
        const place = entry.slice(entry.indexOf(' on ') + 4);
        const places = [tmpdir(), this.#project, STATE_DIRECTORY, '/run/netns'];
        return !places.some((ours) => place === ours || place.startsWith(`${ours}/`));
      }
    }
  }

  #ownerOfFile(path: string): Owner {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const [id] = idOfFile(name);
    // An address claim contains the id.
    return this.#ownerOfId(id ?? textIfThere(path).trim());
  }

  #ownerOfId(id: string): Owner {
    return this.#owners.get(id) ?? 'unknown';
  }

  #ownerOfGroup(path: string): Owner {
    const known = this.#ownerOfId(idOfGroup(path) ?? '');
    if (known !== 'unknown') return known;
    const owners = processesIn(path).map((pid) => this.#ownerOfProcess(pid));
    if (owners.includes('own')) return 'own';
    // This run can see all of its own processes.
    return owners.includes('other') || holdsUnseen(path) ? 'other' : 'unknown';
  }

  /**
   * The owner of a process, by its cgroup or by its parents; neither of ours means another user's.
   */
  #ownerOfMember(pid: number): Owner {
    const id = idOfGroup(textIfThere(`/proc/${pid}/cgroup`));
    const byId = id === undefined ? 'unknown' : this.#ownerOfId(id);
    if (byId !== 'unknown') return byId;
    const byParents = this.#ownerOfProcess(pid);
    const init = linkIfThere(`/proc/${pid}/exe`).includes('memfd:terrarium');
    return byParents === 'unknown' && id === undefined && !init ? 'other' : byParents;
  }

  /**
   * By the process and its parents: `own` if one has the marker, `other` if a program on the path
   * to PID 1 lacks it. A container's own processes, whose parent is PID 1, give no answer.
   */
  #ownerOfProcess(first: number): Owner {
    let owner: Owner = 'unknown';
    for (let pid = first; pid > 1; pid = Number(statusIfThere(pid, 'PPid'))) {
      if (pid === process.pid) return 'own';
      if (`\0${textIfThere(`/proc/${pid}/environ`)}`.includes(`\0${this.#marker}\0`)) return 'own';
      const contained =
        idOfGroup(textIfThere(`/proc/${pid}/cgroup`)) !== undefined ||
        linkIfThere(`/proc/${pid}/exe`).includes('memfd:terrarium');
      if (!contained && linkIfThere(`/proc/${pid}/exe`) !== '') owner = 'other';
    }
    return owner;
  }
}

function idOfGroup(path: string): string | undefined {
  return /\/terrarium-([^/\n]+?)(?:\.scope)?(?:[/\n]|$)/.exec(path)?.[1];
}

/** The id of a file in a state directory, drafts included. */
function idOfFile(name: string): string[] {
  const [, id] = /^([^.].*)\.(?:journal|log|log\.1|exit|hosts)$/.exec(name) ?? [
    undefined,
    DRAFT.exec(name)?.[3],
  ];
  return id === undefined ? [] : [id];
}

function identity(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
