// What the kernel answers, as data: acknowledgements with their reason, links, addresses.
// netlink(7), rtnetlink(7). Pure.
import { decodeBytes } from '../base/bytes.ts';
import { align, HEADER_LENGTH } from './codec.ts';
import { AF_INET, IFA, RTM_NEWADDR } from './inet.ts';
import { IFF_UP, IFLA, RTM_NEWLINK } from './link.ts';

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_DUMP_INTR = 0x10;
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;
/** Two flag bits of an attribute's type: nested, and network byte order. */
const NLA_TYPE_MASK = 0x3fff;

export interface Link {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  /** `veth`, `bridge` …; undefined of a device without rtnl_link_ops (lo, hardware). */
  readonly kind: string | undefined;
  readonly mtu: number | undefined;
  /** Hardware address, `aa:bb:…`. */
  readonly address: string | undefined;
  /**
   * Index of the other end of a veth, in that end's namespace; whether this is another one than
   * ours.
   */
  readonly peerIndex: number | undefined;
  readonly peerElsewhere: boolean;
}

export interface InterfaceAddress {
  readonly index: number;
  readonly address: string;
  readonly prefix: number;
  readonly label: string | undefined;
}

/**
 * `seq` is the request's number. `errno` is positive, 0 for success; `extack` is the kernel's own
 * sentence about it.
 */
export type Answer =
  | { readonly kind: 'ack'; readonly seq: number; readonly errno: number; readonly extack?: string }
  | { readonly kind: 'link'; readonly seq: number; readonly link: Link }
  | { readonly kind: 'address'; readonly seq: number; readonly address: InterfaceAddress }
  /**
   * The end of a dump. `interrupted`: something changed during it, so it may be inconsistent and is
   * worth repeating.
   */
  | {
      readonly kind: 'done';
      readonly seq: number;
      readonly errno: number;
      readonly interrupted: boolean;
    }
  | { readonly kind: 'other'; readonly seq: number; readonly type: number };

export type Acknowledgement = Omit<Extract<Answer, { kind: 'ack' }>, 'kind'>;

/**
 * Every message in what was received: one datagram, or several one after the other. Throws a
 * RangeError when it is cut off.
 */
export function parseAnswers(bytes: Uint8Array): Answer[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const answers: Answer[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const length = offset + HEADER_LENGTH <= bytes.length ? view.getUint32(offset, true) : 0;
    if (length < HEADER_LENGTH || offset + length > bytes.length)
      throw new RangeError(`netlink: message at byte ${offset} is cut off`);
    answers.push(parseMessage(new DataView(view.buffer, view.byteOffset + offset, length)));
    offset += align(length);
  }
  return answers;
}

/**
 * Only the acknowledgements, one for each request that asked for one, in the order of the requests.
 */
export function acknowledgements(bytes: Uint8Array): Acknowledgement[] {
  return parseAnswers(bytes).flatMap((answer) => {
    if (answer.kind !== 'ack') return [];
    const { kind: _, ...rest } = answer;
    return [rest];
  });
}

function parseMessage(view: DataView): Answer {
  const type = view.getUint16(4, true);
  const flags = view.getUint16(6, true);
  const seq = view.getUint32(8, true);
  if (type === NLMSG_ERROR) return acknowledgement(view, flags, seq);
  if (type === NLMSG_DONE) {
    const errno =
      view.byteLength >= HEADER_LENGTH + 4 ? Math.abs(view.getInt32(HEADER_LENGTH, true)) : 0;
    return { kind: 'done', seq, errno, interrupted: (flags & NLM_F_DUMP_INTR) !== 0 };
  }
  if (type === RTM_NEWLINK) return { kind: 'link', seq, link: parseLink(view) };
  if (type === RTM_NEWADDR && view.getUint8(HEADER_LENGTH) === AF_INET)
    return { kind: 'address', seq, address: parseAddress(view) };
  return { kind: 'other', seq, type };
}

/**
 * struct nlmsgerr: the errno, the request (only its header when the flags say CAPPED), then
 * attributes.
 */
function acknowledgement(view: DataView, flags: number, seq: number): Answer {
  const errno = Math.abs(view.getInt32(HEADER_LENGTH, true));
  if ((flags & NLM_F_ACK_TLVS) === 0) return { kind: 'ack', seq, errno };
  const requestLength =
    (flags & NLM_F_CAPPED) === 0 ? view.getUint32(HEADER_LENGTH + 4, true) : HEADER_LENGTH;
  const text = attributesAt(view, HEADER_LENGTH + 4 + align(requestLength)).get(NLMSGERR_ATTR_MSG);
  return text === undefined
    ? { kind: 'ack', seq, errno }
    : { kind: 'ack', seq, errno, extack: string(text) };
}

/** struct ifinfomsg (16 bytes) and attributes. */
function parseLink(view: DataView): Link {
  const attributes = attributesAt(view, HEADER_LENGTH + 16);
  const info = attributes.get(IFLA.LINKINFO);
  const kind = info && attributesAt(info, 0).get(IFLA.INFO_KIND);
  const name = attributes.get(IFLA.IFNAME);
  const hardware = attributes.get(IFLA.ADDRESS);
  return {
    index: view.getInt32(HEADER_LENGTH + 4, true),
    name: name ? string(name) : '',
    up: (view.getUint32(HEADER_LENGTH + 8, true) & IFF_UP) !== 0,
    kind: kind && string(kind),
    mtu: attributes.get(IFLA.MTU)?.getUint32(0, true),
    address:
      hardware &&
      bytesOf(hardware)
        .map((byte) => byte.toString(16).padStart(2, '0'))
        .join(':'),
    peerIndex: attributes.get(IFLA.LINK)?.getUint32(0, true),
    peerElsewhere: attributes.has(IFLA.LINK_NETNSID),
  };
}

/** struct ifaddrmsg (8 bytes) and attributes. */
function parseAddress(view: DataView): InterfaceAddress {
  const attributes = attributesAt(view, HEADER_LENGTH + 8);
  const address = attributes.get(IFA.LOCAL) ?? attributes.get(IFA.ADDRESS);
  const label = attributes.get(IFA.LABEL);
  return {
    index: view.getUint32(HEADER_LENGTH + 4, true),
    address: address ? bytesOf(address).join('.') : '',
    prefix: view.getUint8(HEADER_LENGTH + 1),
    label: label && string(label),
  };
}

function attributesAt(view: DataView, start: number): ReadonlyMap<number, DataView> {
  const attributes = new Map<number, DataView>();
  for (let offset = start; offset + 4 <= view.byteLength; ) {
    const length = view.getUint16(offset, true);
    if (length < 4 || offset + length > view.byteLength)
      throw new RangeError(`netlink: attribute at byte ${offset} is cut off`);
    attributes.set(
      view.getUint16(offset + 2, true) & NLA_TYPE_MASK,
      new DataView(view.buffer, view.byteOffset + offset + 4, length - 4),
    );
    offset += align(length);
  }
  return attributes;
}

function bytesOf(view: DataView): number[] {
  return [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)];
}

function string(view: DataView): string {
  const bytes = bytesOf(view);
  const end = bytes.indexOf(0);
  return decodeBytes(Uint8Array.from(end < 0 ? bytes : bytes.slice(0, end)));
}
