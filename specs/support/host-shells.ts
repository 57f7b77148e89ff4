// A shell of the host that knows `terrarium`, and what is started from it in the background.
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import type { Box } from '../../harness/shell/box.ts';
import { Unsupported } from '../../harness/subject.ts';
import type { Context } from '../suite.ts';
import { DEFAULT_ROOTFS, TERRARIUM, workload } from './places.ts';
import { deleteIfThere, terrarium, terrariumSubject } from './subject.ts';

/**
 * A shell of the host from which `terrarium shell default box` starts a container. The programs of
 * that root are in its PATH.
 *
 * @throws Unsupported where another program than Terrarium is examined.
 */
export async function openTerminal({
  host,
  subject,
}: Pick<Context, 'host' | 'subject'>): Promise<Box> {
  demandTerrarium(subject);
  const path = [dirname(TERRARIUM), process.env.PATH, dirname(workload('probe'))].join(':');
  const prepared = { cwd: dirname(DEFAULT_ROOTFS), env: { PATH: path } };
  return host.shell('a terminal on the host', 'subject', prepared);
}

/** @throws Unsupported where another program is examined: what is typed is Terrarium's own command. */
export function demandTerrarium({ name }: Context['subject']): void {
  if (name !== terrariumSubject.name) throw new Unsupported(`${name} has no command \`terrarium\``);
}

/**
 * Types the start of a container that runs on in the background, with `--network none`; it is
 * deleted when the test ends. Answers its name, which is random.
 *
 * @param flags For `terrarium shell`.
 */
export async function detach(
  { id, onCleanup, notProvenHere }: Pick<Context, 'id' | 'onCleanup' | 'notProvenHere'>,
  terminal: Box,
  command: string,
  flags = '',
): Promise<string> {
  const name = `${id.toLowerCase()}-${randomBytes(3).toString('hex')}`;
  onCleanup(() => deleteIfThere(name));
  const start = `terrarium shell default box --network none -d -n ${name} ${flags}`;
  const printed = await terminal.type(`${start} -- ${command}`);
  if (printed === name) return name;
  const missing = terrariumSubject.lacking?.(printed);
  if (missing !== undefined) notProvenHere(missing);
  throw new Error(`it did not start: ${printed}`);
}

/** A container as `terrarium state` has it. */
export interface State {
  readonly status: string;
  readonly pid: number;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly oomKilled?: boolean;
}

export async function stateOf(name: string): Promise<State> {
  const { stdout } = await terrarium(['state', name, '--format', 'json']);
  return JSON.parse(stdout);
}

/** The host's number of its first process, once it runs. */
export async function pidWhenRunning(name: string): Promise<number> {
  for (;;) {
    const { exitCode, stdout } = await terrarium(['state', name, '--format', 'json']);
    const state: State | undefined = exitCode === 0 ? JSON.parse(stdout) : undefined;
    if (state?.status === 'running') return state.pid;
  }
}

/** Its state once it has stopped. */
export async function stateAtTheEnd(name: string): Promise<State> {
  for (;;) {
    const state = await stateOf(name);
    if (state.status === 'stopped') return state;
  }
}
