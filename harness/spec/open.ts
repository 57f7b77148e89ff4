// Opens a container shell of the subject, and finds the container from outside.
import { randomBytes } from 'node:crypto';
import { demandSupport, type ShellOptions, type Subject } from '../base/subject.ts';
import { type Recorder, roleNow } from '../evidence/recorder.ts';
import { findShell } from '../observe/find.ts';
import type { Probes } from '../observe/probes.ts';
import { firstInside } from '../observe/process.ts';
import { Box } from '../shell/box.ts';

/** The subject did not start: its sentence was not tested. */
export class SetUpFailed extends Error {
  constructor(message: string, cause: unknown) {
    super(`set-up failed: ${message}`, { cause });
    this.name = 'SetUpFailed';
  }
}

interface Opening<Options extends ShellOptions> {
  readonly id: string;
  readonly subject: Subject<Options>;
  readonly rootfs: string;
  readonly probes: Probes;
  /** Without a terminal, commands come through a pipe. */
  readonly terminal: boolean;
  readonly recorder: Recorder;
  onCleanup(end: () => unknown): void;
  notProvenHere(feature: string): never;
}

/**
 * A container's shell, ready at its prompt.
 *
 * @throws Unsupported for an option that the subject does not know.
 * @throws SetUpFailed if it does not answer or cannot be found from the host.
 */
export async function openBox<Options extends ShellOptions>(
  { id, subject, rootfs, probes, terminal, recorder, onCleanup, notProvenHere }: Opening<Options>,
  options?: Options,
): Promise<Box> {
  const role = roleNow();
  const given: Partial<Options> = options ?? {};
  demandSupport(subject, given);
  const hostname = given.hostname ?? 'box';
  const name = `${id.toLowerCase()}-${randomBytes(3).toString('hex')}`;
  const request = { options: given, rootfs: given.rootfs ?? rootfs, hostname, name };
  const start = subject.start(request);
  const title = `${role === 'control' ? 'control: ' : ''}${hostname}`;
  const prompt = terminal ? subject.prompt?.(hostname) : undefined;
  const { notices, keeps } = subject;
  const box = new Box({
    title,
    commandLine: start.commandLine,
    terminal,
    ...(prompt === undefined ? {} : { prompt }),
    ...(notices === undefined ? {} : { notices }),
    ...(start.env === undefined ? {} : { env: start.env }),
    name,
    hostname,
    rootfs: request.rootfs,
    probes,
    ...(keeps === undefined ? {} : { keeps: () => keeps(name) }),
    role,
    description: described(given, role),
    recorder,
  });
  onCleanup(async () => {
    await box.close();
    const command = (start.shown ?? start.commandLine).join(' ');
    recorder.transcript({ title: hostname, role, command, cast: box.recording.cast() });
    const steps = start.plan?.();
    if (steps !== undefined)
      recorder.plan(`${hostname}${role === 'control' ? ' (control)' : ''}`, steps);
    await start.finish?.();
  });
  try {
    await box.ready();
  } catch (error) {
    const missing = subject.lacking?.(box.screen);
    if (missing !== undefined) notProvenHere(missing);
    throw new SetUpFailed(error instanceof Error ? error.message : String(error), error);
  }
  return box.found(await shellOf(box, subject));
}

/**
 * The host's PID of the container's first process, from the kernel's files alone. For a subject
 * that declares its prompt, it is the first process of a PID namespace below it.
 */
async function shellOf<Options extends ShellOptions>(
  box: Box,
  { prompt, firstProcess, daemon = false }: Subject<Options>,
): Promise<number> {
  try {
    if (prompt === undefined) return await findShell(box, { daemon });
    const first = firstInside(box.pid) ?? (await firstProcess?.(box.name));
    if (first !== undefined) return first;
  } catch (error) {
    throw new SetUpFailed(error instanceof Error ? error.message : String(error), error);
  }
  throw new SetUpFailed('no process of the container was found from the host', undefined);
}

/** `a container with memory 64m`: only options that limit or isolate. */
function described(options: object, role: 'subject' | 'control'): string {
  const words = Object.entries(options)
    .filter(([name, value]) => value !== undefined && name !== 'rootfs' && name !== 'hostname')
    .map(([option, value]) => (Array.isArray(value) ? value.join(' ') : `${option} ${value}`));
  if (words.length > 0) return `a container with ${words.join(', ')}`;
  return role === 'control' ? 'a container without it' : 'a container';
}
