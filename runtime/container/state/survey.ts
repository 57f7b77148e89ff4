// The containers of this host, by their journals.
import { readJournal } from '../../execute/journal/journal-reader.ts';
import { baseOf, type ContainerState, containerIds, stateFrom } from './state.ts';
import { removalOf } from './state-errors.ts';

/**
 * The containers of this host, oldest first. Damaged ones are left out; `surveyContainers` names
 * them.
 */
export function listContainers(): ContainerState[] {
  return surveyContainers().containers;
}

/**
 * A container whose journal says nothing that can be relied on. `reason` completes the sentence
 * "`file` …".
 */
export interface DamagedContainer {
  readonly id: string;
  readonly file: string;
  readonly reason: string;
  readonly hint: string;
}

/**
 * All containers, and what cannot be read of others. @throws HostError when the state directory
 * cannot be trusted.
 */
export function surveyContainers(): {
  readonly containers: ContainerState[];
  readonly damaged: DamagedContainer[];
} {
  const containers: ContainerState[] = [];
  const unreadable: DamagedContainer[] = [];
  for (const id of containerIds()) {
    const reading = readJournal(baseOf(id));
    if (reading.kind === 'record') containers.push(stateFrom(reading.record));
    if (reading.kind !== 'damaged') continue;
    const { file, reason } = reading;
    unreadable.push({ id, file, reason, hint: removalOf(id) });
  }
  containers.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  return { containers, damaged: unreadable };
}
