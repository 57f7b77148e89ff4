// The parent namespace's side of a container's link, and a terminal there.
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { eventually, links } from '../../harness/observe/process.ts';
import type { Shell } from '../../harness/shell/shell.ts';
import { type ContainerShell, type Context, openHostShell } from './session.ts';

export interface LinkEnds {
  /** What the shell says about its own end. */
  readonly container: { readonly address: string; readonly index: number };
  readonly parent: { readonly name: string; readonly address: string };
}

/**
 * Both ends: the container's by `ip addr` in its shell, the parent's by the index it is linked to,
 * in /sys/class/net and getifaddrs(3).
 */
export async function endsOf({ shell }: ContainerShell): Promise<LinkEnds> {
  const shown = await shell.type('ip -4 addr show eth0');
  const [, index, linkedTo] = /^(\d+): eth0@if(\d+): /m.exec(shown) ?? [];
  const address = /^ +inet ([\d.]+)\/30 /m.exec(shown)?.[1];
  if (address === undefined) throw new Error(`no address of eth0 in:\n${shown}`);
  const name = linkOfIndex(Number(linkedTo));
  if (name === undefined)
    throw new Error(`no link of the parent namespace has the index ${linkedTo}`);
  return {
    container: { address, index: Number(index) },
    parent: { name, address: addressOf(name) },
  };
}

/** Name of the link with this index in the parent namespace. */
function linkOfIndex(index: number): string | undefined {
  return links().find((name) => readIfThere(`/sys/class/net/${name}/ifindex`) === String(index));
}

/** Links of other containers come and go while one looks. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function addressOf(name: string): string {
  const address = networkInterfaces()[name]?.find(({ family }) => family === 'IPv4')?.address;
  if (address === undefined) throw new Error(`${name} has no IPv4 address in the parent namespace`);
  return address;
}

/** A terminal in the parent namespace. */
export function openParentShell(context: Context): Promise<Shell> {
  return openHostShell(context, 'the parent namespace', 'subject');
}

/**
 * Waits until a link is gone: the kernel takes links away a moment after the last process of their
 * namespace has ended.
 */
export function linkGone(name: string): Promise<void> {
  return eventually(`the link ${name} goes`, () => !links().includes(name));
}
