// Servers for a test, and a container's link in the parent namespace.
import { networkInterfaces } from 'node:os';
import { linkNamesOf } from '../../harness/observe/links.ts';
import { eventually } from '../../harness/observe/process.ts';
import type { Box } from '../../harness/shell/box.ts';

/** Leaves a server in the background of a shell; returns the port chosen by the kernel. */
export async function listenOn(box: Box, address: string): Promise<number> {
  const said = await box.background(`echo-server 0 --bind ${address} &`, /listening on \S+\n/);
  return Number(/:(\d+)\n/.exec(said)?.[1]);
}

/**
 * Waits until a link is gone: the kernel removes links shortly after the last process of their
 * namespace has exited.
 */
export function linkGone(name: string): Promise<void> {
  return eventually(`the link ${name} goes`, () => !linkNamesOf(process.pid).includes(name));
}

/** Addresses of this process's network namespace, of both families. */
export function addressesHere(): string[] {
  return Object.values(networkInterfaces()).flatMap((found = []) =>
    found.map(({ address }) => address),
  );
}
