// What verbs answer for a name or a state that they cannot work with.
import { StateError } from '../../base/errors.ts';
import type { JournalReading } from '../../execute/journal/journal-reader.ts';
import { typable } from '../../plan/quote.ts';
import type { ContainerState } from './state.ts';

/**
 * Whether there can be a file of a container of that name: a damaged journal may have a name that
 * no id has.
 */
export function isFileName(id: string): boolean {
  return typeof id === 'string' && /^[^./\0][^/\0]*$/.test(id);
}

export function noContainer(id: string): StateError {
  return new StateError(`there is no container ${id}`, {
    hint: 'run `terrarium list` to see existing containers',
  });
}

export function notRunning(id: string, status: ContainerState['status']): StateError {
  return new StateError(`container ${id} is not running`, { hint: `it is ${status}` });
}

export function stillRuns(id: string): StateError {
  return new StateError(`container ${id} is running`, { hint: 'end it first, or use --force' });
}

type Damaged = Extract<JournalReading, { kind: 'damaged' }>;

export function damaged(id: string, { file, reason }: Damaged): StateError {
  return new StateError(`the journal of container ${id} is damaged: ${file} ${reason}`, {
    hint: removalOf(id),
  });
}

/** What helps against a damaged journal. */
export function removalOf(id: string): string {
  return `\`terrarium delete --force ${typable(id)}\` removes it and what carries its name`;
}
