// A container as a person names it: by its id, or by the hostname that only one of them has.
import { StateError } from '../base/errors.ts';
import { readJournal } from '../execute/journal/journal-reader.ts';
import { typable } from '../plan/quote.ts';
import { openContainer, opened } from './container.ts';
import type { Container } from './handle.ts';
import { baseOf, type ContainerState } from './state/state.ts';
import { isFileName, noContainer } from './state/state-errors.ts';
import { listContainers } from './state/survey.ts';

/**
 * An id comes before a hostname. Of several containers with the hostname, the only one that runs is
 * meant.
 *
 * @throws StateError naming the candidates when the hostname is that of several, and when there is
 * neither.
 */
export async function openNamed(name: string): Promise<Container<'inherit'>> {
  if (!isFileName(name)) throw noContainer(name);
  const reading = readJournal(baseOf(name));
  if (reading.kind !== 'absent') return opened(name, reading);
  const same = listContainers().filter(({ hostname }) => hostname === name);
  const running = same.filter(({ status }) => status === 'running');
  const [only, ...others] = running.length > 0 ? running : same;
  if (only === undefined) throw noContainer(name);
  if (others.length > 0) throw several(name, [only, ...others]);
  return openContainer(only.id);
}

function several(hostname: string, candidates: readonly ContainerState[]): StateError {
  const ids = candidates.map(({ id, status }) => `${id} (${status})`).join(', ');
  return new StateError(`several containers have the hostname ${typable(hostname)}: ${ids}`, {
    hint: 'give the id of one of them',
  });
}
