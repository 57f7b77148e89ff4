// Requests about links: rtnetlink(7), RTM_NEWLINK and its relatives. Each function returns one
// message, ready to send.
import {
  attribute,
  cString,
  message,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REQUEST,
  nested,
  u32,
} from './codec.ts';

export const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;

/** linux/if_link.h */
export const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  OPERSTATE: 16,
  LINKINFO: 18,
  NET_NS_PID: 19,
  NET_NS_FD: 28,
  EXT_MASK: 29,
  LINK_NETNSID: 37,
  INFO_KIND: 1,
  INFO_DATA: 2,
} as const;
const VETH_INFO_PEER = 1;
/** Leaves the counters of each address family out of the answer. */
const RTEXT_FILTER_SKIP_STATS = 1 << 3;
export const IFF_UP = 0x1;

/** struct ifinfomsg: of a link only the index, and the flags that shall change. */
function ifinfomsg(index: number, flags = 0, change = 0): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setInt32(4, index, true);
  view.setUint32(8, flags, true);
  view.setUint32(12, change, true);
  return new Uint8Array(view.buffer);
}

export type NetworkNamespace = { readonly pid: number } | { readonly fd: number };

export interface VethRequest {
  /**
   * Name and index of the end in the namespace that is asked; indices are positive 32-bit numbers
   * of our choice.
   */
  readonly name: string;
  readonly index: number;
  readonly up: boolean;
  /**
   * The other end, made at once where it belongs: by a process in that namespace, or by a
   * descriptor of the sender.
   */
  readonly peer: string;
  readonly peerIndex: number;
  readonly peerNamespace?: NetworkNamespace;
}

/**
 * `ip link add NAME index N type veth peer name PEER index M netns NS`, veth(4). Answers EEXIST
 * when a name is taken, EBUSY when an index is, EOPNOTSUPP without veth. The peer is left down:
 * raising it in the same request fails with ENOTCONN, since veth_open() wants its other end, which
 * is not linked yet.
 */
export function newVeth({
  name,
  index,
  up,
  peer,
  peerIndex,
  peerNamespace,
}: VethRequest): Uint8Array {
  const peerAttributes = [
    attribute(IFLA.IFNAME, cString(peer)),
    ...namespaceAttribute(peerNamespace),
  ];
  return message(
    RTM_NEWLINK,
    NLM_F_REQUEST | NLM_F_ACK | NLM_F_EXCL | NLM_F_CREATE,
    ifinfomsg(index, up ? IFF_UP : 0, up ? IFF_UP : 0),
    attribute(IFLA.IFNAME, cString(name)),
    nested(
      IFLA.LINKINFO,
      // ip(8) sends the kind without its NUL, and so do we.
      attribute(IFLA.INFO_KIND, new TextEncoder().encode('veth')),
      nested(IFLA.INFO_DATA, nested(VETH_INFO_PEER, ifinfomsg(peerIndex), ...peerAttributes)),
    ),
  );
}

function namespaceAttribute(namespace: NetworkNamespace | undefined): Uint8Array[] {
  if (namespace === undefined) return [];
  return [
    'pid' in namespace
      ? attribute(IFLA.NET_NS_PID, u32(namespace.pid))
      : attribute(IFLA.NET_NS_FD, u32(namespace.fd)),
  ];
}

/** `ip link set dev INDEX up`. */
export function setUp({ index }: { readonly index: number }): Uint8Array {
  return message(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, ifinfomsg(index, IFF_UP, IFF_UP));
}

/** `ip link del dev NAME`; a veth takes its peer with it. Answers ENODEV when there is none. */
export function delLink({ name }: { readonly name: string }): Uint8Array {
  return message(
    RTM_DELLINK,
    NLM_F_REQUEST | NLM_F_ACK,
    ifinfomsg(0),
    attribute(IFLA.IFNAME, cString(name)),
  );
}

/** `ip link show dev NAME`: answered by one link, or ENODEV; then an acknowledgement. */
export function getLink({ name }: { readonly name: string }): Uint8Array {
  const flags = NLM_F_REQUEST | NLM_F_ACK;
  return message(
    RTM_GETLINK,
    flags,
    ifinfomsg(0),
    attribute(IFLA.EXT_MASK, u32(RTEXT_FILTER_SKIP_STATS)),
    attribute(IFLA.IFNAME, cString(name)),
  );
}

/** `ip link show`: answered by every link of the namespace, then `done`. */
export function dumpLinks(): Uint8Array {
  return message(
    RTM_GETLINK,
    NLM_F_REQUEST | NLM_F_DUMP,
    ifinfomsg(0),
    attribute(IFLA.EXT_MASK, u32(RTEXT_FILTER_SKIP_STATS)),
  );
}
