// The used part of node:net: a client of a unix socket.
import { Buffer } from './buffer.ts';
import { hasCode } from './errors.ts';
import { EventEmitter, type Listener } from './events.ts';
import { host } from './host.ts';
import { setImmediate } from './timers.ts';

const PIECE = 65_536;

export class Socket extends EventEmitter {
  #fd = -1;
  #reading = 0;
  #writing = 0;
  #unsent: Uint8Array[] = [];
  #destroyed = false;

  constructor(path: string) {
    super();
    try {
      this.#fd = host.loop.connectUnix(path);
    } catch (error) {
      setImmediate(() => this.destroy(error));
      return;
    }
    setImmediate(() => this.#destroyed || this.emit('connect'));
  }

  /** The first listener for `data` starts reading. */
  override on(event: string, listener: Listener): this {
    super.on(event, listener);
    if (event === 'data' && this.#reading === 0 && this.#fd >= 0)
      this.#reading = host.loop.watchFd(this.#fd, 'read', () => this.#read());
    return this;
  }

  /** Returns whether all of it was written at once. */
  write(data: string | Uint8Array): boolean {
    this.#unsent.push(typeof data === 'string' ? host.text.encodeUtf8(data) : data);
    if (this.#writing === 0) this.#send();
    return this.#unsent.length === 0;
  }

  /** Emits `error`, if given, then `close`. May be called repeatedly. */
  destroy(error?: unknown): this {
    if (this.#destroyed) return this;
    this.#destroyed = true;
    this.#unwatch();
    if (this.#fd >= 0) host.files.close(this.#fd);
    this.#fd = -1;
    if (error !== undefined) setImmediate(() => this.emit('error', error));
    setImmediate(() => this.emit('close', error !== undefined));
    return this;
  }

  #unwatch(): void {
    if (this.#reading !== 0) host.loop.unwatchFd(this.#reading);
    if (this.#writing !== 0) host.loop.unwatchFd(this.#writing);
    this.#reading = 0;
    this.#writing = 0;
  }

  #read(): void {
    const bytes = Buffer.alloc(PIECE);
    const length = this.#attempt(() => host.files.read(this.#fd, bytes, 0, PIECE, -1));
    if (length === undefined) return;
    if (length > 0) this.emit('data', bytes.subarray(0, length));
    else {
      this.emit('end');
      this.destroy();
    }
  }

  #send(): void {
    for (let first = this.#unsent[0]; first !== undefined; first = this.#unsent[0]) {
      const bytes = first;
      const count = this.#attempt(() => host.files.write(this.#fd, bytes, 0, bytes.length, -1));
      if (this.#destroyed) return;
      if (count === undefined) {
        this.#writing ||= host.loop.watchFd(this.#fd, 'write', () => this.#send());
        return;
      }
      if (count < bytes.length) this.#unsent[0] = bytes.subarray(count);
      else this.#unsent.shift();
    }
    if (this.#writing !== 0) host.loop.unwatchFd(this.#writing);
    this.#writing = 0;
  }

  /** Undefined if it would block, or failed. */
  #attempt(call: () => number): number | undefined {
    if (this.#destroyed) return undefined;
    try {
      return call();
    } catch (error) {
      if (!hasCode(error, 'EAGAIN')) this.destroy(error);
      return undefined;
    }
  }
}

export function createConnection(path: string): Socket {
  return new Socket(path);
}
