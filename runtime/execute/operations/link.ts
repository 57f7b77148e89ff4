// Performs the link phase: both ends of the pair in one request, while the child waits.

import { debug, took } from '../../debug/debug.ts';
import { monotonicNs, netlink } from '../../native/addon.ts';
import { errnoName } from '../../native/errno.ts';
import { type Acknowledgement, acknowledgements } from '../../network/answers.ts';
import { batch } from '../../network/codec.ts';
import { addAddress } from '../../network/inet.ts';
import { newVeth } from '../../network/link.ts';
import type { LinkOp } from '../../plan/operations.ts';
import { removeLink } from './undo.ts';

const EEXIST = 17;

/** The kernel refused one of the messages; `extack` is its own explanation. */
class NetlinkError extends Error {
  readonly errno: number;

  constructor(errno: number, extack: string | undefined) {
    super(extack ?? 'refused');
    this.errno = errno;
  }
}

/**
 * `pid`: a process in the container's network namespace. An existing link of this name can only be
 * ours, in a namespace that the kernel is still tearing down: delete it and create the pair again.
 */
export async function performLink(op: LinkOp, pid: number): Promise<void> {
  let refused = await attempt(op, pid);
  if (refused?.errno === EEXIST) {
    await removeLink(op.name);
    refused = await attempt(op, pid);
  }
  if (refused) throw refused;
}

async function attempt(op: LinkOp, pid: number): Promise<NetlinkError | undefined> {
  const { name, hostIndex: index, peer, peerIndex, hostAddress: address, prefix } = op;
  const messages = [
    newVeth({ name, index, up: true, peer, peerIndex, peerNamespace: { pid } }),
    addAddress({ index, address, prefix }),
  ];
  const startNs = monotonicNs();
  const answers = acknowledgements(await netlink(batch(messages, 1)));
  const refused = answers.find(({ errno }) => errno !== 0);
  debug?.('netlink', '', () => attemptText(op, pid, monotonicNs() - startNs, refused), startNs);
  return refused ? new NetlinkError(refused.errno, refused.extack) : undefined;
}

function attemptText(
  { name, hostIndex, peer, hostAddress, prefix }: LinkOp,
  pid: number,
  ns: bigint,
  refused: Acknowledgement | undefined,
): string {
  const link = `NEWLINK ${name} ${hostIndex}, peer ${peer} of process ${pid}`;
  const result = refused ? `: ${errnoName(refused.errno)} ${refused.extack ?? ''}` : '';
  return `${link}; NEWADDR ${hostAddress}/${prefix}, ${took(ns)}${result}`;
}
