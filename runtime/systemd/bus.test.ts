// A conversation, with a server that answers as systemd does: what is said, in which order, and
// what becomes of a server that says something else.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addresses, Bus } from './bus.ts';
import { Writer } from './marshal.ts';
import { decodeMessage, messageLength, stopUnit } from './message.ts';

const JOB = '/org/freedesktop/systemd1/job/1';
let directory: string;
let server: Server | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bus-'));
});
afterEach(() => {
  server?.close();
  rmSync(directory, { recursive: true });
});

/** Header fields and body of a message of the manager's, by the specification. */
function message(
  type: number,
  replySerial: number,
  member: string,
  body: Writer,
  signature: string,
) {
  const header = new Writer();
  header.byte(0x6c).byte(type).byte(0).byte(1).uint32(body.length).uint32(9);
  header.array(8, () => {
    if (replySerial > 0) header.align(8).byte(5).variant({ type: 'u', value: replySerial });
    if (member !== '') header.align(8).byte(3).variant({ type: 's', value: member });
    header.align(8).byte(8).variant({ type: 'g', value: signature });
  });
  return Buffer.concat([header.align(8).bytes(), body.bytes()]);
}

const reply = (serial: number) => message(2, serial, '', new Writer().string(JOB), 'o');
const removed = (result: string) =>
  message(
    ...([4, 0, 'JobRemoved'] as const),
    new Writer().uint32(1).string(JOB).string('x.scope').string(result),
    'uoss',
  );

/** `answer`: to each call, by its number. Resolves with what was called. */
async function talk(
  answer: (socket: Socket, serial: number, member: string) => void,
  broker = false,
) {
  const path = join(directory, 'socket');
  const heard: string[] = [];
  server = createServer((socket) => {
    let bytes = Buffer.alloc(0);
    let greeted = false;
    // Busy, so that it reads all that was sent without waiting for an answer at once.
    socket.pause();
    setTimeout(() => socket.resume(), 20);
    socket.on('data', (more) => {
      bytes = Buffer.concat([bytes, more]);
      const end = bytes.indexOf('BEGIN\r\n');
      if (!greeted && end < 0) return;
      if (!greeted) {
        heard.push(bytes.subarray(0, end).toString('latin1'));
        bytes = bytes.subarray(end + 7);
        greeted = true;
        socket.write('OK 0123456789abcdef\r\n');
        // As systemd, which looks at what came together with this when it reads again.
        return;
      }
      for (
        let n = messageLength(bytes);
        n !== undefined && bytes.length >= n;
        n = messageLength(bytes)
      ) {
        const { member } = decodeMessage(bytes.subarray(0, n));
        heard.push(member);
        answer(socket, bytes.readUInt32LE(8), member);
        bytes = bytes.subarray(n);
      }
    });
  });
  await new Promise<void>((resolve) => server?.listen(path, resolve));
  using bus = await Bus.open([
    { path: join(directory, 'none'), broker: false },
    { path, broker },
  ]);
  await bus.job(stopUnit('terrarium-x.scope'));
  return heard;
}

describe('a job', () => {
  it('is done when systemd says so, whatever comes first and in however many pieces', async () => {
    const heard = await talk((socket, serial) => {
      const bytes = Buffer.concat([removed('done'), reply(serial)]);
      for (const byte of bytes) socket.write(Buffer.of(byte));
    });
    const uid = Buffer.from(String(process.geteuid?.())).toString('hex');
    expect(heard).toEqual([`\0AUTH EXTERNAL ${uid}\r\n`, 'StopUnit']);
  });

  it('is asked for on a bus after a greeting', async () => {
    const heard = await talk((socket, serial, member) => {
      if (member === 'Hello')
        socket.write(message(2, serial, '', new Writer().string(':1.7'), 's'));
      if (member === 'StopUnit') socket.write(Buffer.concat([reply(serial), removed('done')]));
    }, true);
    expect(heard.slice(1)).toEqual(['Hello', 'AddMatch', 'Subscribe', 'StopUnit']);
  });

  it('that fails is a refusal', async () => {
    await expect(
      talk((socket, serial) => socket.write(Buffer.concat([reply(serial), removed('timeout')]))),
    ).rejects.toMatchObject({ name: 'Refused', code: 'timeout' });
  });

  it('that is refused has systemd’s own words', async () => {
    const refused = (serial: number) => message(3, serial, '', new Writer().string('no'), 's');
    await expect(talk((socket, serial) => socket.write(refused(serial)))).rejects.toThrow('no');
  });

  it('ends with the conversation', async () => {
    await expect(talk((socket) => socket.end())).rejects.toThrow('closed the connection');
  });

  it('ends with a message that is none', async () => {
    const none = Buffer.alloc(64, 'x');
    await expect(talk((socket) => socket.write(none))).rejects.toThrow('D-Bus');
  });
});

it('that no socket answers is said with each place', async () => {
  const path = join(directory, 'none');
  await expect(Bus.open([{ path, broker: false }])).rejects.toMatchObject({
    message: expect.stringContaining(path),
    missing: 'systemd',
  });
});

it('systemd’s own socket comes before a broker; of a user’s own for a user', () => {
  expect(addresses(0, undefined).map(({ path }) => path)).toEqual([
    '/run/systemd/private',
    '/run/dbus/system_bus_socket',
  ]);
  expect(addresses(1000, undefined).map(({ path }) => path)).toEqual([
    '/run/user/1000/systemd/private',
    '/run/user/1000/bus',
  ]);
});
