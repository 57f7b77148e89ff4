// Which addresses a container's link gets: 198.18.0.0/15 (RFC 2544, for benchmarks: not
// on the Internet) cut into /30s. Pure.

/** Number of /30s in the pool. A power of two, so that any odd step walks through all of them. */
export const SLOTS = 32768;
const BASE = 0xc6120000;
const POOL = '198.18.0.0/15';
const PREFIX = 30;

/** The two usable addresses of one /30, in dotted decimal. */
export interface SlotAddresses {
  readonly host: string;
  readonly container: string;
  readonly prefix: number;
}

/** The first usable address is the host's, the second the container's. */
export function addressesOf(slot: number): SlotAddresses {
  const network = BASE + slot * 4;
  return { host: dotted(network + 1), container: dotted(network + 2), prefix: PREFIX };
}

export type SlotResult =
  | ({ readonly ok: true; readonly slot: number } & SlotAddresses)
  /** Fields of a ConfigProblem. */
  | { readonly ok: false; readonly problem: string; readonly hint: string };

/**
 * The slot of an address that was asked for, `198.18.x.y` or `198.18.x.y/30`. It becomes the
 * container's; the other usable one of its /30 the host's.
 */
export function slotOf(address: string): SlotResult {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,3}))?$/.exec(address);
  const octets = match?.slice(1, 5).map(Number) ?? [];
  // A leading zero reads as octal elsewhere (inet_aton), so it is not an address here.
  if (!match || octets.some((octet) => octet > 255) || /(^|\.)0\d/.test(address)) {
    return { ok: false, problem: 'not an IPv4 address', hint: `write it as 198.18.x.y/${PREFIX}` };
  }
  if (match[5] !== undefined && Number(match[5]) !== PREFIX) {
    return {
      ok: false,
      problem: `prefix /${match[5]} instead of /${PREFIX}`,
      hint: `each container has a /${PREFIX} of its own: two addresses, its own and the host's`,
    };
  }
  const number = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const offset = number - BASE;
  if (offset < 0 || offset >= SLOTS * 4)
    return {
      ok: false,
      problem: `outside ${POOL}`,
      hint: 'take one from 198.18.0.1 to 198.19.255.254',
    };
  const slot = Math.floor(offset / 4);
  const usable = addressesOf(slot);
  const hint = `${usable.host} and ${usable.container} are the usable ones of this /${PREFIX}`;
  if (offset % 4 === 0)
    return { ok: false, problem: `the network address of its /${PREFIX}`, hint };
  if (offset % 4 === 3)
    return { ok: false, problem: `the broadcast address of its /${PREFIX}`, hint };
  const container = dotted(number);
  return {
    ok: true,
    slot,
    container,
    host: container === usable.host ? usable.container : usable.host,
    prefix: PREFIX,
  };
}

/**
 * Every slot once, in an order of the id's own: a start claims the first that is free, so
 * two simultaneous starts rarely meet, and a container that comes back finds the same address.
 */
export function* candidateSlots(id: string): Generator<number, void, void> {
  const [high, low] = fnv1a64(id);
  const step = (high % SLOTS) | 1;
  for (let slot = low % SLOTS, count = 0; count < SLOTS; count++) {
    yield slot;
    slot = (slot + step) % SLOTS;
  }
}

/** Where addresses are claimed, in the runtime's state directory. No id begins with a dot. */
export function claimsDirectory(stateRoot: string): string {
  return `${stateRoot}/.net`;
}

/**
 * The file whose exclusive creation claims a slot of one network namespace, which is named by its
 * inode: in another one the same addresses are free. Of two state directories in one namespace, the
 * index of the link decides (`hostIndexOf`), since the kernel gives that out once.
 */
export function claimPath(stateRoot: string, networkNamespace: number, slot: number): string {
  return `${claimsDirectory(stateRoot)}/${networkNamespace}.${slot}`;
}

/**
 * Interface index of the host's end: far above those the kernel counts up to, so it is known before
 * the link is made.
 */
export function hostIndexOf(slot: number): number {
  return 0x40000000 + slot;
}

const ALPHABET = '0123456789abcdefghijklmnopqrstuv';

/**
 * Name of the host's end: `tr` and 13 digits of a hash of the id, 15 characters in all (IFNAMSIZ is
 * 16 with its NUL).
 */
export function linkName(id: string): string {
  const [high, low] = fnv1a64(id);
  let value = (BigInt(high) << 32n) | BigInt(low);
  let name = '';
  for (let digit = 0; digit < 13; digit++) {
    name = ALPHABET.charAt(Number(value & 31n)) + name;
    value >>= 5n;
  }
  return `tr${name}`;
}

/**
 * FNV-1a, 64 bits, of the UTF-8 bytes, as two halves (draft-eastlake-fnv): stable across versions,
 * no secret in it.
 */
export function fnv1a64(text: string): readonly [high: number, low: number] {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text))
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return [Number(hash >> 32n), Number(hash & 0xffffffffn)];
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}
