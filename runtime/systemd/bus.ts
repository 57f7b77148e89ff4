// A conversation with systemd: over its own socket, or over a bus. No library, no program.
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { asError, HostError } from '../base/errors.ts';
import {
  type Call,
  decodeMessage,
  encodeCall,
  HELLO,
  type Incoming,
  LISTEN,
  messageLength,
  SUBSCRIBE,
} from './message.ts';

/** Where systemd answers; a broker wants to be greeted first. */
export interface Address {
  readonly path: string;
  readonly broker: boolean;
}

/**
 * systemd's own socket first: it needs no broker, and answers before there is one. For a user who
 * is not root, those of the user's own systemd.
 */
export function addresses(euid: number, runtimeDirectory: string | undefined): Address[] {
  if (euid === 0)
    return [
      { path: '/run/systemd/private', broker: false },
      { path: '/run/dbus/system_bus_socket', broker: true },
    ];
  const place = runtimeDirectory ?? `/run/user/${euid}`;
  return [
    { path: `${place}/systemd/private`, broker: false },
    { path: `${place}/bus`, broker: true },
  ];
}

/** How long systemd may take to answer: it is PID 1, and may be at a reload. */
const ANSWER_MS = 30_000;

/** systemd refused what it was asked for, in its own words. */
export class Refused extends Error {
  override name = 'Refused';
  /** `org.freedesktop.systemd1.NoSuchUnit` */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export class Bus implements Disposable {
  readonly #socket: Socket;
  readonly #waiting: (() => void)[] = [];
  readonly #heard: Incoming[] = [];
  #received = Buffer.alloc(0);
  /** Calls that wait for the greeting's answer; undefined once it has come. */
  #unsent: Buffer[] | undefined = [];
  #serial = 0;
  #failure: Error | undefined;

  private constructor(socket: Socket, broker: boolean) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('systemd closed the connection')));
    // SASL EXTERNAL: who we are the kernel says (SO_PEERCRED). Calls wait for the answer: systemd
    // does not look at one that it has read together with BEGIN before it reads again.
    const identity = Buffer.from(String(process.geteuid?.() ?? 0)).toString('hex');
    socket.write(`\0AUTH EXTERNAL ${identity}\r\nBEGIN\r\n`);
    if (broker) for (const call of [HELLO, LISTEN, SUBSCRIBE]) this.#send(call);
  }

  /** The first of the addresses that can be reached. @throws HostError with why none can */
  static async open(places: readonly Address[]): Promise<Bus> {
    const failures: string[] = [];
    for (const { path, broker } of places) {
      try {
        return new Bus(await connected(path), broker);
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
    throw new HostError('systemd', `systemd cannot be asked: ${failures.join('; ')}`);
  }

  /**
   * Asks for a job and resolves when that is done. @throws Refused, or an Error when the
   * conversation ends.
   */
  async job(call: Call): Promise<void> {
    const serial = this.#send(call);
    const reply = await this.#next(
      ({ kind, replySerial }) => (kind === 'reply' || kind === 'error') && replySerial === serial,
    );
    if (reply.kind === 'error') throw new Refused(reply.error, String(reply.arguments[0] ?? ''));
    const [job] = reply.arguments;
    // JobRemoved(u id, o job, s unit, s result) may have come before the reply.
    const removed = await this.#next(
      ({ kind, member, arguments: said }) =>
        kind === 'signal' && member === 'JobRemoved' && said[1] === job,
    );
    const result = String(removed.arguments[3]);
    if (result !== 'done') throw new Refused(result, `the job ended: ${result}`);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #send(call: Call): number {
    this.#serial++;
    const bytes = encodeCall(call, this.#serial);
    if (this.#unsent) this.#unsent.push(bytes);
    else this.#socket.write(bytes);
    return this.#serial;
  }

  /** What was heard already, or comes next, that fits. Everything else is kept for later. */
  async #next(fits: (message: Incoming) => boolean): Promise<Incoming> {
    const timer = setTimeout(
      () =>
        this.#fail(
          new HostError('systemd', `systemd did not answer within ${ANSWER_MS / 1000} s`, {
            hint: '`systemctl list-jobs` shows what it is at; try again when that is done',
          }),
        ),
      ANSWER_MS,
    );
    try {
      for (;;) {
        const at = this.#heard.findIndex(fits);
        const [found] = at < 0 ? [] : this.#heard.splice(at, 1);
        if (found) return found;
        if (this.#failure) throw this.#failure;
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    try {
      if (this.#unsent && !this.#authenticated(this.#unsent)) return;
      for (
        let length = messageLength(this.#received);
        length !== undefined && this.#received.length >= length;
        length = messageLength(this.#received)
      ) {
        this.#heard.push(decodeMessage(this.#received.subarray(0, length)));
        this.#received = this.#received.subarray(length);
      }
      this.#wake();
    } catch (error) {
      this.#fail(asError(error));
    }
  }

  /** `OK` and the server's number, in one line; anything else is a refusal. Sends what waits. */
  #authenticated(unsent: readonly Buffer[]): boolean {
    const end = this.#received.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.#received.subarray(0, end).toString('latin1');
    if (!line.startsWith('OK ')) throw new Error(`systemd does not let us in: ${line}`);
    this.#received = this.#received.subarray(end + 2);
    this.#unsent = undefined;
    this.#socket.write(Buffer.concat(unsent));
    return true;
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

async function connected(path: string): Promise<Socket> {
  const socket = createConnection(path);
  await once(socket, 'connect');
  return socket;
}
