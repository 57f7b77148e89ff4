// Decodes the results of the init and the addon: native/wire/protocol.h, byte for byte.
import { RESULT as AT, CALL, RESULT_BYTES as LENGTH, RESULT_INDEX } from './protocol.ts';

/** In place of a system call: the kernel keeps another value than was written. */
export const READ_BACK = 'read back';

/** By number; some names differ from the header's. */
const SYSCALLS: ReadonlyMap<number, string> = new Map([
  ...Object.entries(CALL).map(([name, number]): [number, string] => [number, name]),
  [CALL.none, ''],
  [CALL.bpf_prog_load, 'bpf BPF_PROG_LOAD'],
  [CALL.bpf_prog_attach, 'bpf BPF_PROG_ATTACH'],
  [CALL.read_back, READ_BACK],
]);

/**
 * `operation`: an operation of the message. `exit`: an exit action. `pid`: the first report of a
 * detached container's watcher. `init`: a failed call of the init itself.
 */
export type Place = 'operation' | 'exit' | 'pid' | 'init';

/** The result of one operation. */
export interface Result {
  readonly place: Place;
  readonly index: number;
  readonly errno: number;
  readonly syscall: string;
  readonly extra: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/**
 * Results, in whatever pieces they arrive. On the hot path only failures are decoded, the rest when
 * a trace is asked for.
 */
export class Records {
  #bytes: Buffer = Buffer.alloc(0);
  #seen = 0;
  #last = -1;

  /**
   * Adds bytes. Returns the results to act on: failures while the container is made, and `pid`.
   */
  add(bytes: Buffer): Result[] {
    this.#bytes = this.#bytes.length > 0 ? Buffer.concat([this.#bytes, bytes]) : bytes;
    const notable: Result[] = [];
    for (let at = this.#seen * LENGTH; at + LENGTH <= this.#bytes.length; at += LENGTH) {
      const index = this.#bytes.readUInt32LE(at + AT.index);
      const place = placeOf(index);
      if (place === 'pid' || (place !== 'exit' && this.#bytes.readInt32LE(at + AT.error) !== 0))
        notable.push(this.#at(at));
      // The other kinds may arrive at any time: there are several writers.
      if (place === 'operation') this.#last = index;
      this.#seen += 1;
    }
    return notable;
  }

  /** Position of the last operation reported; -1 when there is none. */
  get last(): number {
    return this.#last;
  }

  /** Drops the last operation, before it is performed again. */
  takeBack(): void {
    this.#seen -= 1;
    this.#last -= 1;
    this.#bytes = this.#bytes.subarray(0, this.#seen * LENGTH);
  }

  /** Every record so far, in order. */
  all(): Result[] {
    return Array.from({ length: this.#seen }, (_, number) => this.#at(number * LENGTH));
  }

  /** Those of one kind. */
  of(place: Place): Result[] {
    const found: Result[] = [];
    for (let at = 0; at < this.#seen * LENGTH; at += LENGTH) {
      if (placeOf(this.#bytes.readUInt32LE(at + AT.index)) === place) found.push(this.#at(at));
    }
    return found;
  }

  #at(at: number): Result {
    const bytes = this.#bytes;
    const index = bytes.readUInt32LE(at + AT.index);
    const place = placeOf(index);
    return {
      place,
      index: place === 'pid' || place === 'init' ? 0 : index & ~RESULT_INDEX.exit,
      errno: bytes.readInt32LE(at + AT.error),
      syscall: SYSCALLS.get(bytes.readUInt32LE(at + AT.call)) ?? '',
      extra: bytes.readUInt32LE(at + AT.extra),
      startNs: bytes.readBigUInt64LE(at + AT.start_ns),
      endNs: bytes.readBigUInt64LE(at + AT.end_ns),
    };
  }
}

function placeOf(index: number): Place {
  if (index < RESULT_INDEX.exit) return 'operation';
  if (index === RESULT_INDEX.init) return 'init';
  return index === RESULT_INDEX.pid ? 'pid' : 'exit';
}
