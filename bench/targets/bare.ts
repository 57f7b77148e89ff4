// The host itself: limited by a control group, in the same root by chroot(2), and nothing else
// between it and the kernel.
import { join } from 'node:path';
import { ALL_MEASURES, type Opened, type Place, type World } from './target.ts';

const SHORT = { patienceS: 10, guessS: 0.05, limitedByGroup: ['memory', 'cpu'] } as const;

export const BARE: readonly Place[] = [
  {
    name: 'bare',
    title: 'bare metal',
    family: 'bare',
    note: 'the host itself, limited by a cgroup, chroot to the same root; its server is reached over loopback',
    measures: ALL_MEASURES,
    ...SHORT,
    open: async (world) => opened(world, undefined),
  },
  {
    name: 'bare-again',
    title: 'bare metal, again',
    family: 'control',
    note: 'the same once more: how far two equal things are apart in this run',
    measures: ALL_MEASURES,
    ...SHORT,
    open: async (world) => opened(world, undefined),
  },
  {
    name: 'bare-veth',
    title: 'bare metal behind a veth pair',
    family: 'control',
    note: 'the host itself in a network namespace of its own: what the link alone costs',
    measures: ['throughput'],
    ...SHORT,
    open: async (world) => opened(world, world.link.namespace),
  },
];

function opened({ root, link }: World, network: string | undefined): Opened {
  return {
    address: network === undefined ? '127.0.0.1' : link.container,
    files: [join(root, 'bin/bench-workload')],
    way: ({ argv, linked }) => ({ argv, root, network: linked ? network : undefined }),
    close: async () => {},
  };
}
