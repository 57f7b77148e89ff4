// A terminal in the parent namespace, and the end of a link there.
import { eventually, links } from '../../harness/observe/process.ts';
import type { Shell } from '../../harness/shell/shell.ts';
import { type Context, openHostShell } from './session.ts';

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
