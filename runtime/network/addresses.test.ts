import { describe, expect, it } from 'vitest';
import {
  addressesOf,
  candidateSlots,
  claimPath,
  fnv1a64,
  hostIndexOf,
  linkName,
  SLOTS,
  slotOf,
} from './addresses.ts';

describe('slots and addresses', () => {
  it('are the /30s of 198.18.0.0/15', () => {
    expect(addressesOf(0)).toEqual({ host: '198.18.0.1', container: '198.18.0.2', prefix: 30 });
    expect(addressesOf(64)).toEqual({ host: '198.18.1.1', container: '198.18.1.2', prefix: 30 });
    expect(addressesOf(SLOTS - 1)).toEqual({
      host: '198.19.255.253',
      container: '198.19.255.254',
      prefix: 30,
    });
  });

  it('lead to each other, for every slot', () => {
    for (let slot = 0; slot < SLOTS; slot++) {
      const { container, host } = addressesOf(slot);
      expect(slotOf(container)).toEqual({ ok: true, slot, container, host, prefix: 30 });
    }
  });

  it("make the address that was asked for the container's, and the other one the host's", () => {
    expect(slotOf('198.18.0.1/30')).toEqual({
      ok: true,
      slot: 0,
      container: '198.18.0.1',
      host: '198.18.0.2',
      prefix: 30,
    });
    expect(slotOf('198.18.0.6')).toEqual({
      ok: true,
      slot: 1,
      container: '198.18.0.6',
      host: '198.18.0.5',
      prefix: 30,
    });
  });

  it.each([
    '',
    'x',
    '198.18.0',
    '198.18.0.1.2',
    '198.18.0.256',
    '198.018.0.1',
    '198.18.0.1/',
    '198.18.0.1 ',
    '::1',
    '198.18.0.1/3000',
  ])('say that %j is not an address', (address) => {
    expect(slotOf(address)).toEqual({
      ok: false,
      problem: 'not an IPv4 address',
      hint: 'write it as 198.18.x.y/30',
    });
  });

  it.each([
    ['198.18.0.1/24', 'prefix /24 instead of /30'],
    ['198.17.255.254', 'outside 198.18.0.0/15'],
    ['198.20.0.1', 'outside 198.18.0.0/15'],
    ['10.0.0.1/30', 'outside 198.18.0.0/15'],
    ['255.255.255.255', 'outside 198.18.0.0/15'],
    ['198.18.0.0', 'the network address of its /30'],
    ['198.18.0.7/30', 'the broadcast address of its /30'],
  ])('say what is wrong with %s', (address, problem) => {
    expect(slotOf(address)).toMatchObject({ ok: false, problem });
  });

  it('name the addresses that would have done', () => {
    expect(slotOf('198.18.0.7')).toMatchObject({
      hint: '198.18.0.5 and 198.18.0.6 are the usable ones of this /30',
    });
  });
});

describe('candidateSlots', () => {
  it.each(['a', 'web-1', 'x'.repeat(64), 'ü'])('visits every slot once, for %j', (id) => {
    const slots = new Set(candidateSlots(id));
    expect(slots.size).toBe(SLOTS);
    expect(Math.min(...slots)).toBe(0);
    expect(Math.max(...slots)).toBe(SLOTS - 1);
  });

  it('is the same each time, and spreads different ids', () => {
    const first = (id: string) => [...candidateSlots(id)].slice(0, 3);
    expect(first('web')).toEqual(first('web'));
    const starts = new Set(Array.from({ length: 300 }, (_, n) => first(`web-${n}`)[0]));
    // 300 of 32768 at random meet once or twice
    expect(starts.size).toBeGreaterThan(290);
  });
});

describe('names', () => {
  it('hash as the published vectors of FNV-1a', () => {
    expect(fnv1a64('')).toEqual([0xcbf29ce4, 0x84222325]);
    expect(fnv1a64('a')).toEqual([0xaf63dc4c, 0x8601ec8c]);
    expect(fnv1a64('foobar')).toEqual([0x85944171, 0xf73967e8]);
  });

  it('of links fit the kernel and differ', () => {
    const names = new Set(Array.from({ length: 2000 }, (_, n) => linkName(`c${n}`)));
    expect(names.size).toBe(2000);
    for (const name of names) expect(name).toMatch(/^tr[0-9a-v]{13}$/);
    // af63dc4c8601ec8c in digits of five bits
    expect(linkName('a')).toBe(`tr${0xaf63dc4c8601ec8cn.toString(32).padStart(13, '0')}`);
  });

  it('of claims and indices follow from the slot', () => {
    expect(claimPath('/run/terrarium', 4026531840, 7)).toBe('/run/terrarium/.net/4026531840.7');
    expect(claimPath('/run/terrarium', 4026532000, 7)).not.toBe(
      claimPath('/run/terrarium', 4026531840, 7),
    );
    expect(hostIndexOf(0)).toBe(0x40000000);
    expect(hostIndexOf(SLOTS - 1)).toBeLessThan(2 ** 31);
  });
});
