// Requests about IPv4 addresses and routes: rtnetlink(7), RTM_NEWADDR and RTM_NEWROUTE. One message
// each, ready to send.
import {
  attribute,
  ipv4,
  message,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REQUEST,
  u32,
} from './codec.ts';

export const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
const RTM_NEWROUTE = 24;

export const AF_INET = 2;

/** linux/if_addr.h */
export const IFA = { ADDRESS: 1, LOCAL: 2, LABEL: 3 } as const;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;

const RT_TABLE_MAIN = 254;
const RTPROT_BOOT = 3;
const RT_SCOPE_UNIVERSE = 0;
const RTN_UNICAST = 1;

/** struct ifaddrmsg */
function ifaddrmsg(prefix: number, index: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint8(0, AF_INET);
  view.setUint8(1, prefix);
  view.setUint32(4, index, true);
  return new Uint8Array(view.buffer);
}

export interface AddressRequest {
  readonly index: number;
  /** Dotted decimal. */
  readonly address: string;
  /** Length of the network prefix, in bits. */
  readonly prefix: number;
}

/**
 * `ip address add ADDRESS/PREFIX dev INDEX`, without a broadcast address. EEXIST when the link has
 * it, ENODEV without the link.
 */
export function addAddress({ index, address, prefix }: AddressRequest): Uint8Array {
  const bytes = ipv4(address);
  const flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_EXCL | NLM_F_CREATE;
  return message(
    RTM_NEWADDR,
    flags,
    ifaddrmsg(prefix, index),
    attribute(IFA.LOCAL, bytes),
    attribute(IFA.ADDRESS, bytes),
  );
}

/** `ip address show`: answered by every IPv4 address of the namespace, then `done`. */
export function dumpAddresses(): Uint8Array {
  return message(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, ifaddrmsg(0, 0));
}

/**
 * `ip route add default via GATEWAY dev INDEX`. The link must be up and its network known:
 * ENETUNREACH with "Nexthop has invalid gateway" otherwise.
 */
export function addDefaultRoute({
  gateway,
  index,
}: {
  readonly gateway: string;
  readonly index: number;
}): Uint8Array {
  const rtmsg = new Uint8Array(12);
  // family, destination and source length, TOS, table, protocol, scope, type; flags stay 0
  rtmsg.set([AF_INET, 0, 0, 0, RT_TABLE_MAIN, RTPROT_BOOT, RT_SCOPE_UNIVERSE, RTN_UNICAST]);
  const flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_EXCL | NLM_F_CREATE;
  return message(
    RTM_NEWROUTE,
    flags,
    rtmsg,
    attribute(RTA_GATEWAY, ipv4(gateway)),
    attribute(RTA_OIF, u32(index)),
  );
}
