// A shell of the host with the command `terrarium`, and its background containers.
import { dirname } from 'node:path';
import { Unsupported } from '../../harness/base/subject.ts';
import { eventually, Host } from '../../harness/observe/process.ts';
import type { Box } from '../../harness/shell/box.ts';
import type { Context } from '../suite.ts';
import { DEFAULT_ROOTFS, randomName, TERRARIUM, workload } from './places.ts';
import { deleteIfThere, type State, stateIfThere, stateOf, terrariumSubject } from './subject.ts';

/**
 * A shell of the host from which `terrarium shell default box` starts a container. The programs of
 * that root are in its PATH.
 *
 * @throws Unsupported for a subject other than Terrarium.
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

/** @throws Unsupported for another subject, which has no command `terrarium`. */
export function demandTerrarium({ name }: Context['subject']): void {
  if (name !== terrariumSubject.name) throw new Unsupported(`${name} has no command \`terrarium\``);
}

/**
 * Types the start of a background container with `--network none`; it is deleted when the test
 * ends. Returns its random name.
 * @param flags For `terrarium shell`.
 */
export async function detach(
  { id, onCleanup, notProvenHere }: Pick<Context, 'id' | 'onCleanup' | 'notProvenHere'>,
  terminal: Box,
  command: string,
  flags = '',
): Promise<string> {
  const name = randomName(id);
  onCleanup(() => deleteIfThere(name));
  const start = `terrarium shell default box --network none -d -n ${name} ${flags}`;
  const printed = await terminal.type(`${start} -- ${command}`);
  if (printed === name) return name;
  const missing = terrariumSubject.lacking?.(printed);
  if (missing !== undefined) notProvenHere(missing);
  throw new Error(`it did not start: ${printed}`);
}

/** The host's PID of its first process, once it runs. */
export async function pidWhenRunning(name: string): Promise<number> {
  for (;;) {
    const state = await stateIfThere(name);
    if (state?.status === 'running') return state.pid;
  }
}

/**
 * Its state after it has stopped and its watcher has recorded the exit, shortly after the process's
 * end. Asks again after that end on the host.
 */
export async function stateAtTheEnd(name: string): Promise<State> {
  for (;;) {
    const state = await stateOf(name);
    const known = state.exitCode !== undefined || state.signal !== undefined;
    if (state.status === 'stopped' && known) return state;
    const first = new Host(state.pid);
    await eventually(`the first process of ${name} has ended`, () => !first.runs(), 60_000);
  }
}
