// The container's network: a veth pair made from the host's side, and what is configured from
// inside.
import type { Config } from '../config/config.ts';
import {
  addressesOf,
  claimPath,
  hostIndexOf,
  linkName,
  type SlotAddresses,
  slotOf,
} from '../network/addresses.ts';
import { addAddress, addDefaultRoute } from '../network/inet.ts';
import { setUp } from '../network/link.ts';
import type { HostOp, InsideOp, VethOp } from './operations.ts';

const LOOPBACK_INDEX = 1;
/**
 * Chosen, so that it is known before the link is made; new namespaces number their own links from
 * 1.
 */
const PEER_INDEX = 100;
const PEER = 'eth0';

export interface NetworkPlan {
  readonly host: readonly HostOp[];
  readonly link: readonly VethOp[];
  readonly inside: readonly InsideOp[];
  readonly sysctls: readonly InsideOp[];
}

/**
 * As docker sets them in a network of the container's own: any user may send ICMP echo, and serve
 * on ports below 1024.
 */
const SYSCTLS: readonly InsideOp[] = [
  { kind: 'sysctl', name: 'net.ipv4.ping_group_range', value: '0 2147483647' },
  { kind: 'sysctl', name: 'net.ipv4.ip_unprivileged_port_start', value: '0' },
];

const LOOPBACK: InsideOp = {
  kind: 'netlink',
  text: 'ip link set lo up',
  message: setUp({ index: LOOPBACK_INDEX }),
};

/** `slot`: which /30 of the pool to take when the configuration names no address. */
export function network(
  config: Config,
  slot: () => number,
  { stateRoot, networkNamespace }: { stateRoot: string; networkNamespace: number },
): NetworkPlan {
  const { mode } = config.network;
  if (mode === 'host' || mode === 'join') return { host: [], link: [], inside: [], sysctls: [] };
  if (mode === 'none') return { host: [], link: [], inside: [LOOPBACK], sysctls: SYSCTLS };
  const { host, container, prefix, ...taken } = chosen(config, slot);
  const name = linkName(config.id);
  const path = claimPath(stateRoot, networkNamespace, taken.slot);
  return {
    host: [
      {
        kind: 'claim',
        path,
        what: `address ${container}`,
        holder: config.id,
        undo: { kind: 'unclaim', path, holder: config.id },
      },
    ],
    sysctls: SYSCTLS,
    link: [
      {
        kind: 'veth',
        name,
        hostIndex: hostIndexOf(taken.slot),
        hostAddress: host,
        peer: PEER,
        peerIndex: PEER_INDEX,
        peerAddress: container,
        prefix,
        undo: { kind: 'rmlink', name },
      },
    ],
    inside: [
      LOOPBACK,
      { kind: 'await', what: 'link' },
      {
        kind: 'netlink',
        text: `ip address add ${container}/${prefix} dev ${PEER}`,
        message: addAddress({ index: PEER_INDEX, address: container, prefix }),
      },
      { kind: 'netlink', text: `ip link set ${PEER} up`, message: setUp({ index: PEER_INDEX }) },
      {
        kind: 'netlink',
        text: `ip route add default via ${host}`,
        message: addDefaultRoute({ gateway: host, index: PEER_INDEX }),
      },
    ],
  };
}

function chosen(
  { network: wanted }: Config,
  pick: () => number,
): SlotAddresses & { readonly slot: number } {
  const asked =
    wanted.mode === 'veth' && wanted.address !== undefined ? slotOf(wanted.address) : undefined;
  if (asked?.ok) return asked;
  const slot = pick();
  return { slot, ...addressesOf(slot) };
}
