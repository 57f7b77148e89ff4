// Tells of OOM kills while a container runs: v1 signals an eventfd, v2 changes memory.events.
import {
  closeSync,
  existsSync,
  openSync,
  readSync,
  watch,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { pathOf } from '../base/bytes.ts';
import { type ContainerCgroups, directoryOf, groupName } from './directories.ts';
import { type OomKill, openKernelLog } from './oom.ts';
import { oomKills, readStats } from './stats.ts';

/**
 * What happened: how many kills since the last report, whom the kernel's log names (it may not be
 * readable), and the limit.
 */
export interface OomReport {
  readonly kills: number;
  readonly victims: readonly OomKill[];
  readonly limitBytes: number | undefined;
}

/** What v1 needs of the addon: an eventfd, and a promise of its being readable. */
export interface EventSource {
  eventfd(): number;
  readable(fd: number): Promise<void>;
}

/** Ends the watching; reports what came last. */
export interface OomWatch {
  stop(): Promise<void>;
}

/**
 * Calls `report` after each kill in the container's group but the first `from`. Undefined where the
 * host has no memory controller. Best effort, since a container is worth more than the news: where
 * the kernel gives no events (no descriptors, no inotify watches; v1 with PREEMPT_RT has no
 * cgroup.event_control) what happened is reported at the end. Never throws.
 */
export function watchOom(
  id: string,
  cgroups: ContainerCgroups,
  events: EventSource,
  report: (oom: OomReport) => void,
  { from = 0 }: { readonly from?: number | undefined } = {},
): OomWatch | undefined {
  const directory = directoryOf(cgroups, 'memory');
  if (directory === undefined) return undefined;
  const v2 = cgroups.mode === 'v2';
  // On v2 there is one directory for all controllers, whichever the kernel has.
  if (v2 && !existsSync(pathOf(`${directory}/memory.events`))) return undefined;
  let reported = from;
  /** Answers whether there was anything new. */
  const look = () => {
    const kills = quietly(() => oomKills(cgroups)) ?? reported;
    if (kills <= reported) return false;
    const since = kills - reported;
    reported = kills;
    const victims = quietly(() => victimsOf(id)) ?? [];
    report({ kills: since, victims: victims.slice(-since), limitBytes: limitOf(id, cgroups) });
    return true;
  };
  const watched = quietly(() =>
    v2 ? watchV2(`${directory}/memory.events`, look) : watchV1(directory, events, look),
  );
  return (
    watched ?? {
      async stop() {
        look();
      },
    }
  );
}

function quietly<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}

function watchV2(path: string, look: () => void): OomWatch {
  const watcher = watch(pathOf(path), look);
  watcher.on('error', () => {});
  return {
    async stop() {
      watcher.close();
      look();
    },
  };
}

const LAST_LOOK_MS = 2000;

/** Documentation/admin-guide/cgroup-v1/memory.rst, "OOM Control". */
function watchV1(directory: string, events: EventSource, look: () => boolean): OomWatch {
  const eventFd = events.eventfd();
  try {
    register(directory, eventFd);
  } catch (error) {
    closeSync(eventFd);
    throw error;
  }
  let stopped = false;
  // The signal comes when the limit is hit; whom it costs the kernel decides after that, on a busy
  // machine much later.
  const lookSoon = (pauseMs = 20) => {
    setTimeout(() => {
      if (!stopped && !look() && pauseMs < LAST_LOOK_MS) lookSoon(pauseMs * 2);
    }, pauseMs).unref();
  };
  const counter = Buffer.alloc(8);
  const loop = async () => {
    while (!stopped) {
      await events.readable(eventFd);
      readSync(eventFd, counter);
      if (!stopped) lookSoon();
    }
  };
  // What cannot be listened to is looked at once more when it is stopped.
  const looping = loop().catch(() => {});
  return {
    async stop() {
      look();
      stopped = true;
      counter.writeBigUInt64LE(1n);
      quietly(() => writeSync(eventFd, counter));
      await looping;
      closeSync(eventFd);
    },
  };
}

function register(directory: string, eventFd: number): void {
  const control = openSync(pathOf(`${directory}/memory.oom_control`), 'r');
  try {
    writeFileSync(pathOf(`${directory}/cgroup.event_control`), `${eventFd} ${control}`);
  } finally {
    closeSync(control);
  }
}

function victimsOf(id: string): OomKill[] {
  using log = openKernelLog({ from: 'start' });
  return (log?.readNew() ?? []).filter(({ cgroup }) => cgroup.split('/').includes(groupName(id)));
}

function limitOf(id: string, cgroups: ContainerCgroups): number | undefined {
  try {
    return readStats(id, cgroups).memory?.limitBytes;
  } catch {
    return undefined;
  }
}
