// The host's verbs as runtime/native/addon.ts expects an addon: bytes that they give are Buffers.
import type { HostVerbs } from './node/host.ts';

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

type Event = readonly [...unknown[]];

/** The same verbs; `listen`, `perform`, `makeRaw` and `compileSeccomp` give Buffers. */
export function bufferVerbs(verbs: HostVerbs) {
  return {
    ...verbs,
    listen(onEvent: (...event: Event) => void): void {
      verbs.listen((...event: Event) =>
        onEvent(...event.map((one) => (one instanceof Uint8Array ? bufferOf(one) : one))),
      );
    },
    perform: (operations: Uint8Array, from: number, to: number) =>
      bufferOf(verbs.perform(operations, from, to)),
    makeRaw: (fd: number, outputOnly: boolean) => bufferOf(verbs.makeRaw(fd, outputOnly)),
    compileSeccomp: (...program: Parameters<HostVerbs['compileSeccomp']>) =>
      bufferOf(verbs.compileSeccomp(...program)),
  };
}
