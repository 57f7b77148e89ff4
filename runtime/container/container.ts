// The public API: create, run, open and list containers.
import { type JournalReading, readJournal } from '../execute/journal/journal-reader.ts';
import { refuseCallOptions } from './call/call.ts';
import { requireObject } from './call/check.ts';
import { type CreateOptions, make } from './create/create.ts';
import { Container } from './handle.ts';
import { baseOf } from './state/state.ts';
import { damaged, isFileName, noContainer } from './state/state-errors.ts';
import type { StdioOption } from './streams/stdio.ts';
import { ownedStreams } from './streams/streams.ts';

export type { CallOptions, CallResult, Encoding } from './call/call.ts';
export { RunError } from './call/run-error.ts';
export type { Terminal } from './call/terminal.ts';
export type { CreateOptions } from './create/create.ts';
export { planFor } from './create/prepare.ts';
export { collectGarbage, type Garbage, GarbageError, type Left, type Undone } from './end/gc.ts';
export type { ContainerRunOptions, ExecOptions, ExecutedProcess } from './exec/exec.ts';
export { Container } from './handle.ts';
export { createPool, type Pool, type PoolOptions, type PoolRunOptions } from './pool.ts';
export { type ContainerEnd, type RunOptions, type RunResult, run } from './run.ts';
export type { ContainerProcess } from './state/processes.ts';
export type { ContainerState, ExitStatus } from './state/state.ts';
export { type DamagedContainer, listContainers, surveyContainers } from './state/survey.ts';
export type { StdioEntry, StdioOption } from './streams/stdio.ts';
export type { Streams } from './streams/streams.ts';

const NO_STREAMS = { stdin: undefined, stdout: undefined, stderr: undefined };

/**
 * Makes a container and executes its command (with `start: false` everything but that).
 *
 * @throws ConfigError naming every wrong option; HostError for what this host lacks; KernelOpError
 * naming the step that the kernel refused; StateError when the id or address is in use. Nothing is
 * left behind then.
 */
export function createContainer<const S extends StdioOption = 'inherit'>(
  options: CreateOptions<S>,
): Promise<Container<S>>;
export async function createContainer(options: CreateOptions): Promise<Container> {
  requireObject(options, 'at least { rootfs, hostname }');
  refuseCallOptions(options, 'run has it');
  const made = await make(options);
  const streams = ownedStreams(made.ends, made.child);
  return new Container(made.journal.record, made, streams ?? NO_STREAMS);
}

/** A container by its id. @throws StateError when there is none, or when its journal is damaged. */
export async function openContainer(id: string): Promise<Container<'inherit'>> {
  if (!isFileName(id)) throw noContainer(id);
  return opened(id, readJournal(baseOf(id)));
}

/** The container of a journal that has been read. @throws as `openContainer`. */
export function opened(id: string, reading: JournalReading): Container<'inherit'> {
  switch (reading.kind) {
    case 'record':
      return new Container(reading.record, undefined, NO_STREAMS);
    case 'damaged':
      throw damaged(id, reading);
    case 'absent':
      throw noContainer(id);
  }
}
