// The network of the benchmark: its own namespace without a way out, a veth pair to a second one
// for containers, a tap for machines.
import { execFileSync } from 'node:child_process';
import type { Link } from '../targets/target.ts';

// RFC 5737's documentation addresses: nobody's, and no route leads out of here anyway.
const CONTAINERS = { here: '192.0.2.1', there: '192.0.2.2' };
const GUESTS = { here: '192.0.2.5', there: '192.0.2.6' };
/** Every guest's, so that nobody has to ask again when one follows another. */
export const MAC = '52:54:00:00:be:01';
const NAME = 'bench';

/**
 * Makes them in the current network namespace, whose end is theirs too. Without /dev/net/tun
 * machines have no link.
 */
export function makeLink(): Link {
  ip('link', 'set', 'lo', 'up');
  ip('netns', 'add', NAME);
  ip('link', 'add', 'bench-veth', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', NAME);
  ip('addr', 'add', `${CONTAINERS.here}/30`, 'dev', 'bench-veth');
  ip('link', 'set', 'bench-veth', 'up');
  for (const words of [
    `addr add ${CONTAINERS.there}/30 dev eth0`,
    'link set eth0 up',
    'link set lo up',
  ])
    ip('-n', NAME, ...words.split(' '));
  try {
    ip('tuntap', 'add', 'bench-tap', 'mode', 'tap');
    ip('addr', 'add', `${GUESTS.here}/30`, 'dev', 'bench-tap');
    ip('link', 'set', 'bench-tap', 'up');
    ip('neigh', 'add', GUESTS.there, 'lladdr', MAC, 'dev', 'bench-tap', 'nud', 'permanent');
  } catch {
    // QEMU says it when it is asked to use it.
  }
  const namespace = `/run/netns/${NAME}`;
  return { namespace, container: CONTAINERS.there, tap: 'bench-tap', guest: GUESTS.there };
}

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
