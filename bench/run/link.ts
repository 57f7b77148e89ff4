// The network of the benchmark: its own namespace without a way out, a veth pair to a second one
// for containers, a tap for machines.
import { execFileSync } from 'node:child_process';
import { MAC } from '../targets/machines.ts';
import type { Link } from '../targets/target.ts';

// RFC 5737's documentation addresses; no route leads out of here anyway.
const CONTAINERS = { here: '192.0.2.1', there: '192.0.2.2' };
const GUESTS = { here: '192.0.2.5', there: '192.0.2.6' };
const NAME = 'bench';

/** In the current network namespace, and gone with it. Without /dev/net/tun there is no tap. */
export function makeLink(): Link {
  ip(`link set lo up
    netns add ${NAME}
    link add bench-veth type veth peer name eth0 netns ${NAME}
    addr add ${CONTAINERS.here}/30 dev bench-veth
    link set bench-veth up
    -n ${NAME} addr add ${CONTAINERS.there}/30 dev eth0
    -n ${NAME} link set eth0 up
    -n ${NAME} link set lo up`);
  try {
    ip(`tuntap add bench-tap mode tap
      addr add ${GUESTS.here}/30 dev bench-tap
      link set bench-tap up
      neigh add ${GUESTS.there} lladdr ${MAC} dev bench-tap nud permanent`);
  } catch {
    // QEMU's own error names the device.
  }
  const namespace = `/run/netns/${NAME}`;
  return { namespace, container: CONTAINERS.there, tap: 'bench-tap', guest: GUESTS.there };
}

function ip(lines: string): void {
  for (const line of lines.split(/\n */))
    execFileSync('ip', line.split(' '), { stdio: ['ignore', 'ignore', 'pipe'] });
}
