// What containers of this process say first: a FIFO that they write a line to, one after the other.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';

export class Lines {
  readonly writer: number;
  readonly #socket: Socket;
  readonly #came: bigint[] = [];
  readonly #wanted: ((ns: bigint) => void)[] = [];

  constructor(path: string) {
    execFileSync('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.writer = openSync(path, 'w');
    this.#socket = new Socket({ fd: reader, readable: true, writable: false });
    createInterface({ input: this.#socket }).on('line', () => {
      const now = process.hrtime.bigint();
      const wanted = this.#wanted.shift();
      if (wanted === undefined) this.#came.push(now);
      else wanted(now);
    });
  }

  /** When the next line came, or comes. */
  next(): Promise<bigint> {
    const came = this.#came.shift();
    return came === undefined
      ? new Promise((resolve) => this.#wanted.push(resolve))
      : Promise.resolve(came);
  }

  close(): void {
    closeSync(this.writer);
    this.#socket.destroy();
  }
}
