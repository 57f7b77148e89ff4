// D-Bus messages: D-Bus specification, "Message Format", and the few calls of
// org.freedesktop.systemd1(5) that a scope needs. Pure.
import { Malformed, type Property, Reader, type Value, Writer } from './marshal.ts';

const VERSION = 1;
const TYPE = { call: 1, reply: 2, error: 3, signal: 4 } as const;
const FIELD = {
  path: 1,
  interface: 2,
  member: 3,
  error: 4,
  replySerial: 5,
  destination: 6,
  signature: 8,
} as const;
/** The protocol allows 128 MiB. No answer that we ask for is a thousandth of that. */
const MAXIMUM_BYTES = 1 << 20;
const HEADER_BYTES = 16;

export interface Call {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly destination: string;
  readonly body: readonly Value[];
}

/** A method call, ready to be sent. `serial`: of this connection, from 1. */
export function encodeCall(call: Call, serial: number): Buffer {
  const body = new Writer();
  for (const value of call.body) body.value(value);
  const signature = call.body.map(({ type }) => type).join('');
  const fields: readonly (readonly [code: number, value: Value])[] = [
    [FIELD.path, { type: 'o', value: call.path }],
    [FIELD.interface, { type: 's', value: call.interface }],
    [FIELD.member, { type: 's', value: call.member }],
    [FIELD.destination, { type: 's', value: call.destination }],
    ...(signature === '' ? [] : [[FIELD.signature, { type: 'g', value: signature }] as const]),
  ];
  const header = new Writer();
  header.byte('l'.charCodeAt(0)).byte(TYPE.call).byte(0).byte(VERSION);
  header.uint32(body.length).uint32(serial);
  header.array(8, () => {
    for (const [code, value] of fields) header.align(8).byte(code).variant(value);
  });
  return Buffer.concat([header.align(8).bytes(), body.bytes()]);
}

/** What is of interest of a message that came in; `texts`: its first arguments that are texts. */
export interface Incoming {
  readonly kind: 'reply' | 'error' | 'signal' | 'other';
  readonly replySerial: number;
  readonly member: string;
  /** `org.freedesktop.systemd1.NoSuchUnit` */
  readonly error: string;
  /** The arguments up to the first that is neither a text nor a number. */
  readonly arguments: readonly (string | number)[];
}

/** Length of the message that begins here; undefined while too little of it has come. */
export function messageLength(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  if (bytes[0] !== 'l'.charCodeAt(0) || bytes[3] !== VERSION)
    throw new Malformed('a message is not of little-endian D-Bus, version 1');
  const fields = bytes.readUInt32LE(12);
  const length = HEADER_BYTES + Math.ceil(fields / 8) * 8 + bytes.readUInt32LE(4);
  if (length > MAXIMUM_BYTES) throw new Malformed(`a message of ${length} bytes`);
  return length;
}

/** A whole message. @throws Malformed */
export function decodeMessage(bytes: Buffer): Incoming {
  const fields = new Map<number, string | number>();
  const end = HEADER_BYTES + bytes.readUInt32LE(12);
  const reader = new Reader(bytes, HEADER_BYTES);
  while (reader.position < end) {
    const code = reader.align(8).byte();
    const type = reader.signature();
    const value = basic(reader, type);
    if (value === undefined) throw new Malformed(`a header field of type ${type}`);
    fields.set(code, value);
  }
  const kind = Object.entries(TYPE).find(([, type]) => type === bytes[1])?.[0];
  return {
    kind: kind === 'reply' || kind === 'error' || kind === 'signal' ? kind : 'other',
    replySerial: Number(fields.get(FIELD.replySerial) ?? 0),
    member: String(fields.get(FIELD.member) ?? ''),
    error: String(fields.get(FIELD.error) ?? ''),
    arguments: argumentsOf(
      bytes,
      Math.ceil(end / 8) * 8,
      String(fields.get(FIELD.signature) ?? ''),
    ),
  };
}

function argumentsOf(bytes: Buffer, start: number, signature: string): (string | number)[] {
  const reader = new Reader(bytes, start);
  const values: (string | number)[] = [];
  for (const type of signature) {
    const value = basic(reader, type);
    if (value === undefined) break;
    values.push(value);
  }
  return values;
}

function basic(reader: Reader, type: string): string | number | undefined {
  if (type === 's' || type === 'o') return reader.string();
  if (type === 'g') return reader.signature();
  return type === 'u' ? reader.uint32() : undefined;
}

const SYSTEMD = 'org.freedesktop.systemd1';
const manager = (member: string, body: readonly Value[]): Call => ({
  path: '/org/freedesktop/systemd1',
  interface: `${SYSTEMD}.Manager`,
  member,
  destination: SYSTEMD,
  body,
});

/** The first call on a bus, which gives us a name there. Not to systemd's own socket. */
export const HELLO: Call = {
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
  member: 'Hello',
  destination: 'org.freedesktop.DBus',
  body: [],
};

/** Of a bus: that it passes on what becomes of jobs. systemd's own socket does so unasked. */
export const LISTEN: Call = {
  ...HELLO,
  member: 'AddMatch',
  body: [
    {
      type: 's',
      value: `type='signal',sender='${SYSTEMD}',interface='${SYSTEMD}.Manager',member='JobRemoved'`,
    },
  ],
};

/** systemd sends no signals over a bus before a client has subscribed. */
export const SUBSCRIBE: Call = manager('Subscribe', []);

/** A scope is what systemd calls a group of processes that it did not start: systemd.scope(5). */
export interface Scope {
  /** `terrarium-web.scope` */
  readonly name: string;
  readonly slice: string;
  readonly description: string;
  /** The process that is in it first. */
  readonly pid: number;
  /** Of what its slice has, by property: `CPUWeight`, 1 to 10000; systemd's default is 100. */
  readonly weights: Readonly<Record<string, number>>;
}

/** How long systemd waits between SIGTERM and SIGKILL when it stops a scope of ours. */
const STOP_US = 10_000_000n;
const NO_LIMIT = 2n ** 64n - 1n;

/** StartTransientUnit of org.freedesktop.systemd1(5); the answer is the job's object path. */
export function startScope({ name, slice, description, pid, weights }: Scope): Call {
  const text = (value: string): Value => ({ type: 's', value });
  const properties: readonly Property[] = [
    { name: 'Description', value: text(description) },
    { name: 'Slice', value: text(slice) },
    { name: 'Delegate', value: { type: 'b', value: true } },
    // A scope that failed goes as well.
    { name: 'CollectMode', value: text('inactive-or-failed') },
    // The containers have limits of their own, and the slice bounds them together.
    { name: 'TasksMax', value: { type: 't', value: NO_LIMIT } },
    { name: 'TimeoutStopUSec', value: { type: 't', value: STOP_US } },
    ...Object.entries(weights).map(
      ([property, weight]): Property => ({
        name: property,
        value: { type: 't', value: BigInt(weight) },
      }),
    ),
    { name: 'PIDs', value: { type: 'au', value: [pid] } },
  ];
  return manager('StartTransientUnit', [
    text(name),
    text('fail'),
    { type: 'a(sv)', value: properties },
    { type: 'a(sa(sv))' },
  ]);
}

/** StopUnit of org.freedesktop.systemd1(5); the answer is the job's object path. */
export function stopUnit(name: string): Call {
  return manager('StopUnit', [
    { type: 's', value: name },
    { type: 's', value: 'replace' },
  ]);
}
