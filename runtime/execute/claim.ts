// Claims what only one container may have: exclusive creation of a file that names its holder.
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathOf } from '../bytes.ts';
import { StateError } from '../errors.ts';
import { makeDirectories } from '../host/files.ts';
import type { HostOp } from '../plan/operations.ts';
import { stateUnwritable } from './unwritable.ts';

/** Whoever creates the file has it: two starts at once cannot both. @throws ClaimTaken; HostError when nothing can be written there. */
export function claim({ path, what, holder }: Extract<HostOp, { kind: 'claim' }>): void {
  try {
    sign(createExclusively(path), path, holder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new ClaimTaken(what);
    throw stateUnwritable(dirname(dirname(path)), error);
  }
}

function createExclusively(path: string): number {
  const create = () => openSync(pathOf(path), 'wx', 0o600);
  try {
    return create();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    makeDirectories(dirname(path), 0o700);
    return create();
  }
}

function sign(fd: number, path: string, holder: string): void {
  try {
    writeFileSync(fd, `${holder}\n`);
  } catch (error) {
    // A disk may have room for the name and none for the words, and unsigned it would be nobody's.
    rmSync(pathOf(path));
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Somebody else has what was to be claimed. */
export class ClaimTaken extends StateError {
  override name = 'ClaimTaken';

  constructor(what: string) {
    super(`${what} is in use`, {
      hint: '`terrarium list` shows who has it; `terrarium gc` gives back what a killed runtime held',
    });
  }
}
