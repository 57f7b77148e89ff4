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
import { pathOf } from '../bytes.ts';
import { type ContainerCgroups, directoryOf } from './directories.ts';
import { type OomKill, openKernelLog } from './oom.ts';
import { oomKills, readStats } from './stats.ts';

/** What happened: how many kills since the last report, whom the kernel's log names (it may not be readable), and the limit. */
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

/** Calls `report` after each kill in the container's group but the first `from`. Undefined where the host has no memory controller. */
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
    const kills = oomKills(cgroups) ?? 0;
    if (kills <= reported) return false;
    report({
      kills: kills - reported,
      victims: victimsOf(id).slice(-(kills - reported)),
      limitBytes: limitOf(id, cgroups),
    });
    reported = kills;
    return true;
  };
  return v2 ? watchV2(`${directory}/memory.events`, look) : watchV1(directory, events, look);
}

function watchV2(path: string, look: () => void): OomWatch {
  const watcher = watch(pathOf(path), look);
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
  const control = openSync(pathOf(`${directory}/memory.oom_control`), 'r');
  writeFileSync(pathOf(`${directory}/cgroup.event_control`), `${eventFd} ${control}`);
  closeSync(control);
  let stopped = false;
  // The signal comes when the limit is hit; whom it costs the kernel decides after that, on a busy machine much later.
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
    closeSync(eventFd);
  };
  const looping = loop();
  return {
    async stop() {
      look();
      stopped = true;
      counter.writeBigUInt64LE(1n);
      writeSync(eventFd, counter);
      await looping;
    },
  };
}

function victimsOf(id: string): OomKill[] {
  using log = openKernelLog({ from: 'start' });
  return (log?.readNew() ?? []).filter(({ cgroup }) =>
    cgroup.split('/').includes(`terrarium-${id}`),
  );
}

function limitOf(id: string, cgroups: ContainerCgroups): number | undefined {
  try {
    return readStats(id, cgroups).memory?.limitBytes;
  } catch {
    return undefined;
  }
}
