// The error for a state directory that cannot be written: full, read-only, or not ours. Without it
// nothing is made, since nothing could be undone.

import { HostError, messageOf, TerrariumError } from '../../base/errors.ts';
import { isErrno } from '../../cgroups/files.ts';
import { exhaustedResource } from '../../native/exhausted.ts';

/** `cause`: Node's error; one of the runtime's own is answered as it is. */
export function stateUnwritable(stateRoot: string, cause: unknown): TerrariumError {
  if (cause instanceof TerrariumError) return cause;
  const exhausted = exhaustedResource(cause);
  // A full disk is named with its directory.
  if (exhausted && !isErrno(cause, 'ENOSPC', 'EDQUOT')) return exhausted;
  return new HostError(
    'state directory',
    `the state directory ${stateRoot} cannot be written: ${messageOf(cause)}`,
    {
      hint: isErrno(cause, 'EROFS')
        ? 'name another place in TERRARIUM_STATE; in a service with ProtectSystem=strict, RuntimeDirectory=terrarium makes this one writable'
        : 'make room there, or name another place in TERRARIUM_STATE',
      cause,
    },
  );
}
