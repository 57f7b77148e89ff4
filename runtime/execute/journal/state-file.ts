// A file of the state directory that a container mounts: written before its spawn, removed with its
// state.
import { closeSync, fchmodSync, openSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { encodeBytes, pathOf } from '../../base/bytes.ts';
import { isErrno } from '../../cgroups/files.ts';
import type { HostOp } from '../../plan/operations.ts';
import { removeIfThere } from './journal.ts';
import { stateUnwritable } from './unwritable.ts';

/**
 * Readable by every user inside, whatever our umask; on the host the directory's mode protects it.
 */
const MODE = 0o644;

/**
 * The id is claimed already, so an existing file is a leftover. @throws HostError when it cannot be
 * written.
 */
export function writeStateFile({ path, text }: Extract<HostOp, { kind: 'file' }>): void {
  try {
    const fd = create(path);
    try {
      writeFileSync(fd, encodeBytes(text));
      fchmodSync(fd, MODE);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw stateUnwritable(dirname(path), error);
  }
}

function create(path: string): number {
  const open = () => openSync(pathOf(path), 'wx', MODE);
  try {
    return open();
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
    removeIfThere(path);
    return open();
  }
}
