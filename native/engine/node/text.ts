// TextEncoder and TextDecoder, for UTF-8: https://encoding.spec.whatwg.org.
import { nodeError } from './errors.ts';
import { host } from './host.ts';

export class Encoder {
  readonly encoding = 'utf-8';

  encode(text = ''): Uint8Array {
    return host.text.encodeUtf8(text);
  }
}

interface DecoderOptions {
  readonly fatal?: boolean;
  readonly ignoreBOM?: boolean;
}

export class Decoder {
  readonly encoding = 'utf-8';
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;

  constructor(
    _label: 'utf-8' = 'utf-8',
    { fatal = false, ignoreBOM = false }: DecoderOptions = {},
  ) {
    this.fatal = fatal;
    this.ignoreBOM = ignoreBOM;
  }

  /** @throws TypeError if it is `fatal` and the bytes are not UTF-8 */
  decode(bytes: Uint8Array = new Uint8Array()): string {
    const text = host.text.decodeUtf8(bytes, 0, bytes.length);
    if (this.fatal && text.includes('\ufffd') && !same(host.text.encodeUtf8(text), bytes))
      throw nodeError(
        TypeError,
        'ERR_ENCODING_INVALID_ENCODED_DATA',
        'The encoded data was not valid for encoding utf-8',
      );
    return !this.ignoreBOM && text.startsWith('\ufeff') ? text.slice(1) : text;
  }
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
