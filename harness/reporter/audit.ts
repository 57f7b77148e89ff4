// Host objects that a container could leave behind: counted before and after a run, and compared.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { AuditRow } from '../evidence/model.ts';
import { groupsBelow } from '../observe/cgroups.ts';
import { linkIfThere, namesIfThere, textIfThere } from '../observe/if-there.ts';
import { cgroupMounts, mountsIn } from '../observe/mounts.ts';
import { allPids } from '../observe/process.ts';

export type Inventory = Readonly<Record<AuditRow['what'], readonly string[]>>;

/** The host objects that the subject creates. */
export interface AuditScope {
  /** Directories whose files are the subject's state. */
  readonly stateDirectories: readonly string[];
  /** By the last part of its path. */
  isCgroup(name: string): boolean;
  isLink(name: string): boolean;
  /** By the text of /proc/PID/cgroup and the target of /proc/PID/exe. */
  isProcess(cgroup: string, executable: string): boolean;
  /** Identifies objects that others create on this host during the run. */
  readonly owners?: Owners;
}

export interface Owners {
  watch(): void;
  look(): void;
  isOthers(what: AuditRow['what'], entry: string): boolean;
  stop(): void;
}

/** For an unknown subject: every link and cgroup; its processes show as namespaces. */
const EVERYTHING: AuditScope = {
  stateDirectories: [],
  isCgroup: () => true,
  isLink: () => true,
  isProcess: () => false,
};

/** One run's: `begin` before it, `end` after it. */
export class Audit {
  readonly #scope: AuditScope;
  #before: Inventory | undefined;

  constructor(scope: AuditScope = EVERYTHING) {
    this.#scope = scope;
  }

  begin(): void {
    this.#before = takeInventory(this.#scope);
    this.#scope.owners?.watch();
  }

  async end(): Promise<AuditRow[]> {
    const rows = await audit(this.#before ?? takeInventory(this.#scope), this.#scope);
    this.#scope.owners?.stop();
    return rows;
  }

  /** Like `end`, for callers that cannot wait for the event loop. */
  endAtOnce(): AuditRow[] {
    const rows = auditAtOnce(this.#before ?? takeInventory(this.#scope), this.#scope);
    this.#scope.owners?.stop();
    return rows;
  }
}

const NAMESPACE_KINDS = ['mnt', 'pid', 'net', 'uts', 'ipc', 'cgroup'];

/**
 * Reads /proc and /sys only; takes some ten milliseconds. Skips objects that vanish during the
 * reading.
 */
export function takeInventory(scope: AuditScope = EVERYTHING): Inventory {
  const mounts = mountsIn(textIfThere('/proc/self/mountinfo'));
  const processes = readProcesses(scope);
  return {
    mounts: mounts.map(({ point, type }) => `${type} on ${point}`),
    cgroups: cgroupMounts(mounts).flatMap(({ point }) => cgroupsBelow(point, scope)),
    links: namesIfThere('/sys/class/net').filter((name) => scope.isLink(name)),
    namespaces: processes.flatMap(({ namespaces }) => namespaces),
    processes: processes.filter(({ ours }) => ours).map(({ pid, name }) => `${pid} ${name}`),
    'state files': scope.stateDirectories.flatMap(filesBelow),
  };
}

const ORDER: readonly AuditRow['what'][] = [
  'mounts',
  'cgroups',
  'links',
  'namespaces',
  'processes',
  'state files',
];

/** One row a kind. A duplicate entry (two mounts on one directory) counts twice. */
export function compareInventories(before: Inventory, after: Inventory): AuditRow[] {
  return ORDER.map((what) => {
    const unmatched = new Map<string, number>();
    for (const entry of distinct(what, before))
      unmatched.set(entry, (unmatched.get(entry) ?? 0) + 1);
    const left = distinct(what, after).filter((entry) => {
      const count = unmatched.get(entry) ?? 0;
      unmatched.set(entry, count - 1);
      return count <= 0;
    });
    return {
      what,
      before: distinct(what, before).length,
      after: distinct(what, after).length,
      left,
    };
  });
}

/** How long ended objects of our tests, and transient ones of others, may remain visible. */
const SETTLING_MS = 2000;
const PAUSE_MS = 100;

/**
 * Objects that appeared after `before` and stay; those of other users are listed apart. Takes up to
 * two seconds, and no time if nothing is left.
 */
export async function audit(before: Inventory, scope: AuditScope): Promise<AuditRow[]> {
  const looks = looking(before, scope);
  for (;;) {
    const look = looks.next();
    if (look.done) return look.value;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** The same while nothing else happens in this thread. */
function auditAtOnce(before: Inventory, scope: AuditScope): AuditRow[] {
  const looks = looking(before, scope);
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    const look = looks.next();
    if (look.done) return look.value;
    Atomics.wait(clock, 0, 0, PAUSE_MS);
  }
}

/** Checks again after each pause of the caller. */
function* looking(before: Inventory, scope: AuditScope): Generator<void, AuditRow[], void> {
  const isOthers = (what: AuditRow['what'], entry: string) =>
    scope.owners?.isOthers(what, entry) ?? false;
  let rows = compareInventories(before, takeInventory(scope));
  const unresolved = () =>
    rows.some(({ what, left }) => left.some((entry) => !isOthers(what, entry)));
  for (let waited = 0; rows.some(({ left }) => left.length > 0); waited += PAUSE_MS) {
    scope.owners?.look();
    if (waited >= SETTLING_MS || !unresolved()) break;
    yield;
    rows = staying(rows, compareInventories(before, takeInventory(scope)));
  }
  return rows.map(({ left, ...row }) => ({
    ...row,
    left: left.filter((entry) => !isOthers(row.what, entry)),
    others: left.filter((entry) => isOthers(row.what, entry)),
  }));
}

/** The later rows, without entries added after the earlier ones. */
function staying(earlier: readonly AuditRow[], later: readonly AuditRow[]): AuditRow[] {
  return later.map((row) => {
    const first = earlier.find(({ what }) => what === row.what)?.left ?? [];
    return { ...row, left: row.left.filter((entry) => first.includes(entry)) };
  });
}

function distinct(what: AuditRow['what'], inventory: Inventory): readonly string[] {
  return what === 'mounts' ? inventory[what] : [...new Set(inventory[what])];
}

function cgroupsBelow(root: string, scope: AuditScope): string[] {
  return groupsBelow(root).filter((path) => path !== root && scope.isCgroup(basename(path)));
}

interface Process {
  readonly pid: number;
  readonly name: string;
  readonly ours: boolean;
  readonly namespaces: readonly string[];
}

function readProcesses(scope: AuditScope): Process[] {
  return allPids().map((pid) => ({
    pid,
    name: textIfThere(`/proc/${pid}/comm`).trim(),
    ours: scope.isProcess(textIfThere(`/proc/${pid}/cgroup`), linkIfThere(`/proc/${pid}/exe`)),
    namespaces: NAMESPACE_KINDS.map((kind) => linkIfThere(`/proc/${pid}/ns/${kind}`)).filter(
      (id) => id !== '',
    ),
  }));
}

function filesBelow(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}
