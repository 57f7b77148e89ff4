// The host's verbs as the addon of runtime/native/addon.ts: results with bytes are Buffers.
import type { Verbs } from '../../runtime/native/verbs.ts';
import { type Buffer, owned } from './node/buffer.ts';

export function bufferVerbs(verbs: Verbs<Uint8Array>): Verbs<Buffer> {
  return {
    ...verbs,
    listen(onEvent): void {
      verbs.listen((kind, id, a, b, c, d, bytes, ...rest) =>
        onEvent(kind, id, a, b, c, d, bytes && owned(bytes), ...rest),
      );
    },
    perform: (operations, from, to) => owned(verbs.perform(operations, from, to)),
    makeRaw: (fd, outputOnly) => owned(verbs.makeRaw(fd, outputOnly)),
    compileSeccomp: (program) => owned(verbs.compileSeccomp(program)),
  };
}
