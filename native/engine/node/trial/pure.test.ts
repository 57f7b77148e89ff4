// Buffers, text and paths in the engine give the same results as Node's.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeEach, test } from 'vitest';
import { type Call, expectSame, needsTrial } from './trial.fixture.ts';

beforeEach(needsTrial);

/** Some hundred calls at once, in two processes. A difference names its call. */
function same(call: fc.Arbitrary<Call>): void {
  expectSame(fc.sample(call, 600));
}

/** Every kind of text: characters of one to four bytes, lone surrogates. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('a', '\0', 'é', '€', '😀', '\ud83d', '\udce9', '\ufeff', '\n'),
  }),
);
/** Bytes as text, many of them almost UTF-8. */
const bytes = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) }),
  fc
    .array(
      fc
        .constantFrom(
          'a',
          '\xc3\xa9',
          '\xe2\x82\xac',
          '\xf0\x9f\x98\x80',
          '\xef\xbf\xbd',
          '\xef\xbb\xbf',
        )
        .chain((whole) =>
          fc.constantFrom(whole, whole.slice(0, -1), whole.slice(1), '\xed\xa0\x80'),
        ),
    )
    .map((parts) => parts.join('')),
);
const encoding = fc.constantFrom('utf8', 'latin1');
const place = fc.option(fc.integer({ min: -2, max: 12 }), { nil: undefined });
const call = (name: string, ...args: fc.Arbitrary<unknown>[]) =>
  fc.tuple(fc.constant(name), ...args) as fc.Arbitrary<Call>;

test('Buffer: made of text, lists and memory', () => {
  const size = fc.nat(9);
  same(
    fc.oneof(
      call('buffer.from', text, encoding),
      call('buffer.fromArray', fc.array(fc.integer({ min: -300, max: 300 }))),
      call(
        'buffer.fromMemory',
        size,
        fc.option(size, { nil: undefined }),
        fc.option(size, { nil: undefined }),
      ),
      call('buffer.of', size, size),
      call(
        'buffer.concat',
        fc.array(bytes, { maxLength: 4 }),
        fc.option(fc.nat(20), { nil: undefined }),
      ),
      call('buffer.byteLength', text),
      call('buffer.random', size),
    ),
  );
});

test('Buffer: to text, and found in it', () => {
  const wanted = fc.oneof(fc.constantFrom('', 'a', 'é', '\r\n', 'aa'), fc.string({ maxLength: 2 }));
  same(
    fc.oneof(
      call('buffer.toString', bytes, fc.constantFrom('utf8', 'latin1', 'hex'), place, place),
      call('buffer.subarray', bytes, place, place),
      call('buffer.write', fc.nat(8), text, fc.integer({ min: -2, max: 12 }), encoding),
      call('buffer.copy', bytes, fc.nat(8)),
      call('buffer.indexOf', bytes, wanted),
      call('buffer.includes', bytes, wanted),
      call('buffer.indexOfByte', bytes, fc.nat(255)),
    ),
  );
});

test('Buffer: numbers, at every place and of every size', () => {
  const at = fc.oneof(place, fc.constantFrom(0.5, 1e10, 2 ** 33));
  const value = fc.oneof(
    fc.integer({ min: -(2 ** 32), max: 2 ** 33 }),
    fc.constantFrom(-129, 255, 256, 32767, 32768, -32769, 2 ** 31, 2 ** 32 - 1, 2 ** 40, 1.7),
  );
  const big = fc.oneof(
    fc.bigInt({ min: -1n, max: 2n ** 64n }).map(String),
    fc.constantFrom('0', String(2n ** 64n - 1n)),
  );
  const read = ['readUInt8', 'readInt32LE', 'readUInt32LE', 'readBigUInt64LE'];
  const write = ['writeUInt8', 'writeInt16LE', 'writeInt32LE', 'writeUInt32LE'];
  same(
    fc.oneof(
      call('buffer.read', fc.constantFrom(...read), bytes, at),
      call('buffer.writeNumber', fc.constantFrom(...write), fc.nat(9), value, at),
      call('buffer.writeBig', fc.nat(9), big, at),
    ),
  );
});

test('text: encoded, decoded, without escapes', () => {
  const escapes = fc.string({
    unit: fc.constantFrom('\x1b', '[', '3', '1', ';', 'm', '\x9b', ']', '8', '\x07', 'A', '?', ' '),
  });
  same(
    fc.oneof(
      call('text.encode', text),
      call('text.decode', bytes, fc.boolean(), fc.boolean()),
      call('text.strip', fc.oneof(escapes, text)),
      call('text.meaning', fc.integer({ min: -140, max: 2 })),
    ),
  );
});

test('inspect: plain values on one line', () => {
  const quotes = fc.string({
    unit: fc.constantFrom("'", '"', '`', '${', '\n', '\x1b', '\\', 'é', '\ud83d', 'a'),
  });
  const { tree } = fc.letrec((tie) => ({
    leaf: fc.oneof(
      quotes,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    tree: fc.oneof(
      { depthSize: 'small' },
      tie('leaf'),
      fc.array(tie('tree'), { maxLength: 6 }),
      fc.dictionary(fc.constantFrom('a', 'b c', "it's", '9', '_x'), tie('tree'), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    ),
  }));
  same(call('text.inspect', tree, fc.nat(2)));
});

test('gunzip: what gzip makes, and what is left when bytes of it are wrong', () => {
  const content = fc.oneof(
    bytes,
    fc.tuple(bytes, fc.nat(4000)).map(([part, times]) => part.repeat(times / 20)),
  );
  const zipped = fc
    .tuple(content, fc.integer({ min: 0, max: 9 }), fc.constantFrom(undefined, 2, 4))
    .map(([plain, level, strategy]) =>
      gzipSync(Buffer.from(plain, 'latin1'), { level, ...(strategy ? { strategy } : {}) }).toString(
        'latin1',
      ),
    );
  same(call('text.gunzip', zipped));
});

test('path: every function', () => {
  const parts = fc.array(fc.constantFrom('/', '//', '.', '..', 'a', 'b.c', '.d', 'é', ' '), {
    maxLength: 12,
  });
  const path = parts.map((list) => list.join(''));
  const one = ['basename', 'dirname', 'extname', 'isAbsolute', 'normalize'].map(
    (name) => `path.${name}`,
  );
  same(
    fc.oneof(
      fc.tuple(fc.constantFrom(...one), path) as fc.Arbitrary<Call>,
      call('path.join', path, path, path),
      call('path.resolve', path, path),
    ),
  );
});
