// The exit of a detached container, recorded by its watcher: ExitRecord in native/wire/protocol.h.
import { readSync, writeSync } from 'node:fs';
import { EXIT_RECORD as AT, EXIT_RECORD_BYTES as LENGTH } from '../../native/protocol.ts';

export interface ExitRecord {
  /** Exit status; null when a signal ended it, or while unknown. */
  readonly code: number | null;
  readonly signal: number | null;
  /** Bytes of output that could not be written to the log: its file system was full. */
  readonly droppedBytes: number;
  /** On cgroup v2: processes that the kernel ended at the memory limit, by the group's count. */
  readonly oomKills: number;
}

const UNKNOWN: ExitRecord = { code: null, signal: null, droppedBytes: 0, oomKills: 0 };

/** Reserves the space, so that a full file system cannot lose the record. @throws Node's error. */
export function reserveExitRecord(fd: number): void {
  const record = Buffer.alloc(LENGTH);
  record.writeInt32LE(-1, AT.code);
  writeSync(fd, record, 0, LENGTH, 0);
}

/** @throws Node's error. */
export function readExitRecord(fd: number): ExitRecord {
  const record = Buffer.alloc(LENGTH);
  if (readSync(fd, record, 0, LENGTH, 0) < LENGTH) return UNKNOWN;
  const code = record.readInt32LE(AT.code);
  const signal = record.readInt32LE(AT.signal);
  return {
    code: code < 0 ? null : code,
    signal: signal === 0 ? null : signal,
    droppedBytes: Number(record.readBigUInt64LE(AT.dropped)),
    oomKills: Number(record.readBigUInt64LE(AT.oom_kills)),
  };
}
