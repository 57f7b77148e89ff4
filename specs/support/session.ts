// What a spec holds: shells of the subject, the same without isolation, and the host's view.
// Everything ends with the test.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { PlanStep } from '../../reports/model.ts';
import { hasController, hasVeth } from './features.ts';
import { firstInside, Host } from './host.ts';
import { DEFAULT_ROOTFS, workload } from './places.ts';
import type { RequirementContext } from './requirement.ts';
import { Shell } from './shell.ts';
import { deleteIfThere, type ShellOptions, type Subject, terrariumSubject } from './subject.ts';

export interface ContainerShell {
  readonly shell: Shell;
  readonly name: string;
  readonly hostname: string;
  /** The same container as the host sees it. */
  readonly host: Host;
}

/**
 * A container's shell, ready at its prompt. `role`: `control` for the one that must answer the
 * opposite.
 */
export async function openShell(
  context: RequirementContext,
  options: ShellOptions = {},
  role: 'subject' | 'control' = 'subject',
  subject: Subject = terrariumSubject,
): Promise<ContainerShell> {
  const hostname = options.hostname ?? 'box';
  const name = options.name ?? `${context.id.toLowerCase()}-${randomBytes(3).toString('hex')}`;
  const traceFile = join(tmpdir(), `terrarium-${name}.json`);
  const further = [...(options.further ?? []), '--trace-file', traceFile];
  const commandLine = subject.commandLine({ ...options, hostname, name, further });
  // The title leaves out what only the harness asks for.
  const shown = subject
    .commandLine({ ...options, hostname })
    .map((word) => word.replace(/^.*\/(bin\/terrarium|fixtures\/rootfs\/out\/)/, '$1'));
  const shell = new Shell({
    title: `${role === 'control' ? 'control: ' : ''}${hostname}`,
    commandLine,
    prompt: promptOf(hostname),
  });
  context.onCleanup(async () => {
    await shell.close();
    context.transcript({
      title: hostname,
      role,
      command: shown.join(' '),
      cast: shell.recording.cast(),
    });
    if (existsSync(traceFile)) {
      context.plan(
        `${hostname}${role === 'control' ? ' (control)' : ''}`,
        planSteps(readFileSync(traceFile, 'utf8')),
      );
      rmSync(traceFile);
    }
    await deleteIfThere(name);
  });
  await readyOrUnprovable(context, shell);
  // By the kernel; the runtime is asked only where the PID namespace is not the container's own.
  return {
    shell,
    name,
    hostname,
    host: new Host(firstInside(shell.pid) ?? (await subject.hostPid(name)), name),
  };
}

/**
 * A shell that is refused for what the kernel lacks proves nothing, here; the kernel itself must
 * agree that it lacks it.
 */
async function readyOrUnprovable(context: RequirementContext, shell: Shell): Promise<void> {
  try {
    await shell.ready();
  } catch (error) {
    const missing = /cannot be enforced: this host has no (\w+) controller/.exec(shell.screen)?.[1];
    if (missing !== undefined && !hasController(missing))
      context.notProvenHere(`the ${missing} controller`);
    if (/\bveth\b.*: EOPNOTSUPP/.test(shell.screen) && !hasVeth())
      context.notProvenHere('a kernel with veth');
    throw error;
  }
}

/** `root@box:/# `, and what comes before it on its line. */
function promptOf(hostname: string): RegExp {
  return new RegExp(`(^|\\n)[^\\n]*@${hostname.replaceAll('.', '\\.')}:[^\\n]*[#$] $`);
}

/**
 * A shell on the host itself, without any isolation: the control of what a container is refused, or
 * where something is prepared (`subject`). The workloads are in its PATH, and $ROOTFS is the
 * default root file system.
 */
export async function openHostShell(
  context: RequirementContext,
  title = 'the host, without a container',
  role: 'subject' | 'control' = 'control',
): Promise<Shell> {
  const env = {
    PS1: 'host# ',
    PATH: `${process.env.PATH}:${workload('')}`,
    ROOTFS: DEFAULT_ROOTFS,
  };
  const shell = new Shell({
    title,
    commandLine: [workload('../../bin/busybox'), 'sh'],
    prompt: /(^|\n)host# $/,
    env,
  });
  context.onCleanup(async () => {
    await shell.close();
    context.transcript({ title, role, command: 'sh', cast: shell.recording.cast() });
  });
  return shell.ready();
}

/** Runs a program of the default root file system on the host, without any isolation. */
export function onHost(
  name: string,
  args: readonly string[] = [],
  options: { readonly input?: string } = {},
) {
  return execa(workload(name), args, { reject: false, ...options });
}

interface TracedStep {
  readonly index: number;
  readonly phase: string;
  readonly text: string;
  readonly startNs: number;
  readonly endNs: number;
  readonly errno: number;
}

function planSteps(json: string): PlanStep[] {
  const { trace }: { trace: TracedStep[] } = JSON.parse(json);
  const first = Math.min(...trace.map(({ startNs }) => startNs));
  return trace.map(({ index, phase, text, startNs, endNs, errno }) => ({
    ...{ index, phase, text },
    startNs: startNs - first,
    durationNs: endNs - startNs,
    ...(errno === 0 ? {} : { error: `errno ${errno}` }),
  }));
}
