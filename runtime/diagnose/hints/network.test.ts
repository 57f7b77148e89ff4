// Links, addresses and routes that are not made.
import { afterAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../plan/operations.ts';
import type { ERRNO } from './errno.ts';
import { ExampleStepError, type HostChanges, without } from './example-step-error.ts';

const example = new ExampleStepError();
const hint = example.hint.bind(example);
afterAll(() => {
  example[Symbol.dispose]();
});

const undo = { kind: 'rmlink', name: 'trx' } as const;

const veth: Operation = {
  kind: 'veth',
  name: 'trx',
  hostIndex: 7,
  hostAddress: '198.18.0.1',
  peer: 'eth0',
  peerIndex: 100,
  peerAddress: '198.18.0.2',
  prefix: 30,
  undo,
};

describe('links', () => {
  it.each<[keyof typeof ERRNO, RegExp, HostChanges?]>([
    ['EEXIST', /^there is a link trx already: `terrarium gc`/],
    ['EBUSY', /^the number 7 belongs to another link/],
    ['EOPNOTSUPP', /modprobe veth$/, { probe: { veth: () => 'loadable' } }],
    ['EOPNOTSUPP', /\/lib\/modules\/6\.12\.0 is not there/, { probe: { veth: () => 'unknown' } }],
    ['EOPNOTSUPP', /built without veth \(CONFIG_VETH\)/, { probe: { veth: () => 'absent' } }],
    ['EPERM', /without CAP_NET_ADMIN/, without(12)],
    ['ESRCH', /ended before its link/],
  ])('veth: %s', (code, expected, changes) => {
    expect(hint(veth, 'sendto', code, changes)).toMatch(expected);
  });

  it('inside say what was asked', () => {
    const route: Operation = {
      kind: 'netlink',
      text: 'ip route add default via 198.18.0.1',
      message: new Uint8Array(),
    };
    expect(hint(route, 'sendto', 'ENETUNREACH')).toMatch(
      /^the gateway of `ip route add default via 198\.18\.0\.1`/,
    );
    expect(hint(route, 'sendto', 'EEXIST')).toMatch(/has been done already/);
  });
});
