import { describe, expect, it } from 'vitest';
import { attribute, batch, cString, ipv4 } from './codec.ts';
import { addAddress, addDefaultRoute, dumpAddresses } from './inet.ts';
import { delLink, dumpLinks, getLink, newVeth, setUp } from './link.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
/** Bytes as `strace -e write=all` prints them, with the sequence number blanked. */
const words = (text: string) => text.replace(/\s+/g, '');

describe('what iproute2 6.1 was seen to send', () => {
  it('ip link add trhost index 77 type veth peer name trpeer index 88', () => {
    expect(
      hex(newVeth({ name: 'trhost', index: 77, up: false, peer: 'trpeer', peerIndex: 88 })),
    ).toBe(
      words(`
        5c000000 10000506 00000000 00000000  00000000 4d000000 00000000 00000000
        0b000300 7472686f 73740000 30001200  08000100 76657468 24000200 20000100
        00000000 58000000 00000000 00000000  0b000300 74727065 65720000`),
    );
  });

  it('ip addr add 198.18.0.1/30 dev (index 77)', () => {
    expect(hex(addAddress({ index: 77, address: '198.18.0.1', prefix: 30 }))).toBe(
      words(
        '28000000 14000506 00000000 00000000  021e0000 4d000000  08000200 c6120001  08000100 c6120001',
      ),
    );
  });

  it('ip link set (index 77) up', () => {
    expect(hex(setUp({ index: 77 }))).toBe(
      words('20000000 10000500 00000000 00000000  00000000 4d000000 01000000 01000000'),
    );
  });

  it('ip route add default via 198.18.0.2 dev (index 77)', () => {
    expect(hex(addDefaultRoute({ gateway: '198.18.0.2', index: 77 }))).toBe(
      words(
        '2c000000 18000506 00000000 00000000  02000000 fe030001 00000000  08000500 c6120002  08000400 4d000000',
      ),
    );
  });
});

describe('what rtnetlink(7) describes', () => {
  it('a veth that is up, its peer down and in the namespace of a process', () => {
    const bytes = hex(
      newVeth({
        name: 'a',
        index: 1,
        up: true,
        peer: 'eth0',
        peerIndex: 2,
        peerNamespace: { pid: 0x1234 },
      }),
    );
    expect(bytes).toBe(
      words(`
        60000000 10000506 00000000 00000000  00000000 01000000 01000000 01000000
        06000300 61000000 38001200 08000100  76657468 2c000200 28000100
        00000000 02000000 00000000 00000000  09000300 65746830 00000000  08001300 34120000`),
    );
  });

  it('a peer in the namespace behind a descriptor', () => {
    const bytes = hex(
      newVeth({
        name: 'a',
        index: 1,
        up: true,
        peer: 'eth0',
        peerIndex: 2,
        peerNamespace: { fd: 9 },
      }),
    );
    expect(bytes.endsWith('08001c0009000000')).toBe(true);
  });

  it('a link by name: deleted', () => {
    expect(hex(delLink({ name: 'tr0' }))).toBe(
      words(
        '28000000 11000500 00000000 00000000  00000000 00000000 00000000 00000000  08000300 74723000',
      ),
    );
    expect(hex(getLink({ name: 'tr0' }))).toBe(
      words(
        '30000000 12000500 00000000 00000000  00000000 00000000 00000000 00000000  08001d00 08000000  08000300 74723000',
      ),
    );
  });

  it('dumps', () => {
    expect(hex(dumpLinks())).toBe(
      words(
        '28000000 12000103 00000000 00000000  00000000 00000000 00000000 00000000  08001d00 08000000',
      ),
    );
    expect(hex(dumpAddresses())).toBe(
      words('18000000 16000103 00000000 00000000  02000000 00000000'),
    );
  });
});

describe('the pieces', () => {
  it('numbers the messages of a batch one after the other', () => {
    const bytes = batch(
      [setUp({ index: 1 }), delLink({ name: 'tr0' }), setUp({ index: 2 })],
      0xfffe,
    );
    const view = new DataView(bytes.buffer);
    expect([0, 32, 72].map((offset) => view.getUint32(offset + 8, true))).toEqual([
      0xfffe, 0xffff, 0x10000,
    ]);
    expect(bytes.length).toBe(32 + 40 + 32);
    expect(batch([], 1)).toEqual(new Uint8Array());
  });

  it('does not number the messages it was given', () => {
    const message = setUp({ index: 1 });
    batch([message], 5);
    expect(message[8]).toBe(0);
  });

  it('pads a message whose length is odd, and leaves its length field', () => {
    const odd = Uint8Array.from([18, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 7]);
    expect(hex(batch([odd, odd], 1))).toBe(
      '12000000030000000100000000000000070700001200000003000000020000000000000007070000',
    );
  });

  it('counts an attribute without its padding', () => {
    expect(hex(attribute(3, cString('abc')))).toBe('0800030061626300');
    expect(hex(attribute(3, cString('abcd')))).toBe('090003006162636400000000');
  });

  it.each(['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '1.2.3.-4', 'a.b.c.d', '1.2.3.4/30', ' 1.2.3.4'])(
    'refuses the address %j',
    (address) => {
      expect(() => ipv4(address)).toThrow(RangeError);
    },
  );
});
