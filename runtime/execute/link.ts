// Performs the link phase: both ends of the pair in one request, while the child waits.

import { netlink } from '../native/addon.ts';
import { acknowledgements } from '../network/answers.ts';
import { batch } from '../network/codec.ts';
import { addAddress } from '../network/inet.ts';
import { newVeth } from '../network/link.ts';
import type { LinkOp } from '../plan/operations.ts';
import { removeLink } from './undo.ts';

const EEXIST = 17;

/** The kernel refused one of the messages; `extack` is its own sentence about it. */
class NetlinkRefused extends Error {
  readonly errno: number;

  constructor(errno: number, extack: string | undefined) {
    super(extack ?? 'refused');
    this.errno = errno;
  }
}

/**
 * `pid`: a process in the container's network namespace. A link of this name can only be one of
 * ours whose namespace the kernel has not quite taken down yet: it is deleted, and the pair made
 * again.
 */
export async function performLink(op: LinkOp, pid: number): Promise<void> {
  let refused = await attempt(op, pid);
  if (refused?.errno === EEXIST) {
    await removeLink(op.name);
    refused = await attempt(op, pid);
  }
  if (refused) throw refused;
}

async function attempt(op: LinkOp, pid: number): Promise<NetlinkRefused | undefined> {
  const { name, hostIndex: index, peer, peerIndex, hostAddress: address, prefix } = op;
  const messages = [
    newVeth({ name, index, up: true, peer, peerIndex, peerNamespace: { pid } }),
    addAddress({ index, address, prefix }),
  ];
  const refused = acknowledgements(await netlink(batch(messages, 1))).find(
    ({ errno }) => errno !== 0,
  );
  return refused ? new NetlinkRefused(refused.errno, refused.extack) : undefined;
}
