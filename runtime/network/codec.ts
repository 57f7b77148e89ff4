// The bytes of a netlink message: header, fixed part, attributes. netlink(7), linux/netlink.h.
// Pure; hosts are little-endian.

export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
export const NLM_F_DUMP = 0x300;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;

/** Size of struct nlmsghdr, in bytes. */
export const HEADER_LENGTH = 16;
const SEQUENCE_OFFSET = 8;

/** Messages and attributes begin at multiples of 4 (NLMSG_ALIGN, NLA_ALIGN). */
export function align(length: number): number {
  return (length + 3) & ~3;
}

/**
 * A whole message. Its sequence number is 0 until `batch` gives it one; the port is 0, which is the
 * kernel's.
 */
export function message(
  type: number,
  flags: number,
  fixed: Uint8Array,
  ...attributes: readonly Uint8Array[]
): Uint8Array {
  const header = new DataView(new ArrayBuffer(HEADER_LENGTH));
  const body = concatenate([fixed, ...attributes]);
  header.setUint32(0, HEADER_LENGTH + body.length, true);
  header.setUint16(4, type, true);
  header.setUint16(6, flags, true);
  return concatenate([new Uint8Array(header.buffer), body]);
}

/** struct nlattr and its payload, padded with zeroes; the length field leaves the padding out. */
export function attribute(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(align(4 + payload.length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 4 + payload.length, true);
  view.setUint16(2, type, true);
  bytes.set(payload, 4);
  return bytes;
}

/**
 * An attribute that holds attributes. Without NLA_F_NESTED, as ip(8) sends it: rtnetlink's older
 * families do not ask for it.
 */
export function nested(type: number, ...children: readonly Uint8Array[]): Uint8Array {
  return attribute(type, concatenate(children));
}

/** A native 32-bit number. */
export function u32(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return new Uint8Array(view.buffer);
}

const encoder = new TextEncoder();

/** A NUL-terminated string. */
export function cString(text: string): Uint8Array {
  return encoder.encode(`${text}\0`);
}

/**
 * A dotted IPv4 address in network order. Throws a RangeError for anything else: callers have
 * validated it.
 */
export function ipv4(address: string): Uint8Array {
  const parts = address.split('.').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  if (parts.length !== 4 || parts.some((part) => part > 255))
    throw new RangeError(`not an IPv4 address: ${address}`);
  return Uint8Array.from(parts);
}

/**
 * Several messages as one datagram, numbered from `firstSequence` on. The kernel works through them
 * in order, answers each, and goes on after one that failed (netlink_rcv_skb).
 */
export function batch(messages: readonly Uint8Array[], firstSequence: number): Uint8Array {
  const bytes = concatenate(messages.map(padded));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const [index, { length }] of messages.entries()) {
    view.setUint32(offset + SEQUENCE_OFFSET, firstSequence + index, true);
    offset += align(length);
  }
  return bytes;
}

function padded(bytes: Uint8Array): Uint8Array {
  return bytes.length % 4 === 0
    ? bytes
    : concatenate([bytes, new Uint8Array(align(bytes.length) - bytes.length)]);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
