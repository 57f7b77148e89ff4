// Whom the OOM killer ended and at whose limit: the kernel's own log,
// Documentation/ABI/testing/dev-kmsg.
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { isErrno } from './files.ts';

export interface OomKill {
  /** Command name (at most 15 characters), host pid and uid of the victim. */
  readonly process: string;
  readonly pid: number;
  readonly uid: number;
  /**
   * The group whose limit was reached, and the one the victim was in: paths below the hierarchy's
   * root.
   */
  readonly cgroup: string;
  readonly taskCgroup: string;
  /** Microseconds since boot, by the kernel log's clock. */
  readonly atUs: number;
}

/**
 * One record of /dev/kmsg; undefined unless it tells of a kill at a cgroup's limit. Pure.
 */
export function parseOomRecord(record: string): OomKill | undefined {
  // The kernel's own records have facility 0; programs that write to the log get another. The
  // name is the victim's choice and may hold commas and `pid=`, so it reaches from the first
  // `task=` to the last `pid=`.
  const match =
    /^[0-7],\d+,(\d+),[^;]*;oom-kill:constraint=CONSTRAINT_MEMCG,.*?,oom_memcg=(.*?),task_memcg=(.*?),task=(.*),pid=(\d+),uid=(\d+)$/m.exec(
      record,
    );
  if (!match) return undefined;
  const [, at, cgroup = '', taskCgroup = '', name = '', pid, uid] = match;
  return {
    process: unescapeHex(name),
    pid: Number(pid),
    uid: Number(uid),
    cgroup: unescapeHex(cgroup),
    taskCgroup: unescapeHex(taskCgroup),
    atUs: Number(at),
  };
}

/** The log writes bytes that do not print, and the backslash, as `\x5c`. */
function unescapeHex(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

export interface KernelLog extends Disposable {
  /**
   * Kills since the last call, oldest first. Never waits. The kernel describes at most ten in five
   * seconds (oom_kill_process).
   */
  readonly readNew: () => OomKill[];
}

/**
 * Opens the kernel log. `from: 'end'` passes over what is in it, by reading, since Node has no
 * lseek: some milliseconds for a full log. A start had better not wait for that, and later read
 * from the start for the container's group. Undefined without permission (kernel.dmesg_restrict and
 * no CAP_SYSLOG) or without the device.
 */
export function openKernelLog({ from }: { readonly from: 'start' | 'end' }): KernelLog | undefined {
  let descriptor: number;
  try {
    descriptor = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isErrno(error, 'EACCES', 'EPERM', 'ENOENT', 'ENXIO', 'ENODEV')) return undefined;
    throw error;
  }
  const close = () => closeSync(descriptor);
  if (from === 'end') readRecords(descriptor);
  return {
    readNew: () => readRecords(descriptor).flatMap((record) => parseOomRecord(record) ?? []),
    [Symbol.dispose]: close,
  };
}

/**
 * The kernel's longest record with its dictionary (PRINTK_MESSAGE_MAX); a smaller buffer is refused
 * with EINVAL.
 */
const RECORD_BYTES = 8192;

function readRecords(descriptor: number): string[] {
  const buffer = Buffer.alloc(RECORD_BYTES);
  const records: string[] = [];
  for (;;) {
    try {
      const length = readSync(descriptor, buffer, 0, buffer.length, null);
      if (length === 0) return records;
      const record = buffer.subarray(0, length);
      if (record.includes('oom-kill:')) records.push(record.toString('utf8'));
    } catch (error) {
      if (isErrno(error, 'EAGAIN')) return records;
      // EPIPE: older records were overwritten before they were read; the next read goes on with the
      // oldest there is.
      if (!isErrno(error, 'EPIPE', 'EINTR')) throw error;
    }
  }
}
