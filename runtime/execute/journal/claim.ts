// Claims of resources that only one container may have: a symbolic link whose target names the
// holder. symlink(2) is atomic and fails if the link exists, so no claim is ever without a holder.
import { symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathOf } from '../../base/bytes.ts';
import { StateError } from '../../base/errors.ts';
import { isErrno } from '../../cgroups/files.ts';
import { debug } from '../../debug/debug.ts';
import { absentOr, linkOf, makeDirectories } from '../../host/files.ts';
import type { HostOp } from '../../plan/operations.ts';
import { stateUnwritable } from './unwritable.ts';

/**
 * Atomic between concurrent starts. @throws ClaimTaken; HostError when the directory cannot be
 * written.
 */
export function claim({ path, what, holder }: Extract<HostOp, { kind: 'claim' }>): void {
  try {
    create(path, holder);
    debug?.('claims', holder, () => `${what}: ${path}`);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) {
      debug?.('claims', holder, () => `${what} is taken: ${path}`);
      throw new ClaimTaken(what);
    }
    throw stateUnwritable(dirname(dirname(path)), error);
  }
}

function create(path: string, holder: string): void {
  const link = () => symlinkSync(pathOf(holder), pathOf(path));
  try {
    link();
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    makeDirectories(dirname(path), 0o700);
    link();
  }
}

/**
 * The container that holds a claim. Undefined when it was released; '' if the path is no claim.
 *
 * @throws Node's error if it cannot be read: it may be held
 */
export function holderOfClaim(path: string): string | undefined {
  try {
    return linkOf(path);
  } catch (error) {
    return isErrno(error, 'EINVAL') ? '' : absentOr(error);
  }
}

/** The resource is already claimed. */
export class ClaimTaken extends StateError {
  override name = 'ClaimTaken';

  constructor(what: string) {
    super(`${what} is in use`, {
      hint: '`terrarium list` shows who has it; `terrarium gc` gives back what a killed runtime held',
    });
  }
}
