// Shells of the subject and of the host, by functions that take the test's context.
import { execa } from 'execa';
import { asControl } from '../../harness/evidence/recorder.ts';
import type { Box } from '../../harness/shell/box.ts';
import type { RequirementContext } from '../../harness/spec/context.ts';
import { Unsupported } from '../../harness/subject.ts';
import { workload } from './places.ts';
import type { ShellOptions, Subject } from './subject.ts';

export type ContainerShell = Box;
export type Context = RequirementContext<ShellOptions>;

/**
 * `role`: `control` for the one that must answer the opposite. The host's own shell answers it, too,
 * where the subject cannot be started without the isolation.
 */
export async function openShell(
  context: Context,
  options: ShellOptions = {},
  role: 'subject' | 'control' = 'subject',
  subject?: Subject,
): Promise<Box> {
  const open = () => context.shell(options, subject);
  if (role === 'subject') return open();
  return asControl(open).catch((error: unknown) => {
    if (error instanceof Unsupported) return openHostShell(context);
    throw error;
  });
}

function openHostShell(
  context: Context,
  title?: string,
  role: 'subject' | 'control' = 'control',
): Promise<Box> {
  return context.host.shell(title, role);
}

/** Runs a program of the default root file system on the host, without any isolation. */
export function onHost(
  name: string,
  args: readonly string[] = [],
  options: { readonly input?: string } = {},
) {
  return execa(workload(name), args, { reject: false, ...options });
}
