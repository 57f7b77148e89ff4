// What is said of a container whose limits have vanished.
import { optionOf } from '../../cgroups/controllers/index.ts';
import type { ContainerState } from '../../container/container.ts';
import type { Io } from '../process/io.ts';
import { warn } from '../text/columns.ts';

/** One line for a container that has lost limits; nothing for any other. */
export function warnOfLost(
  io: Io,
  { id, lostLimits = [] }: Pick<ContainerState, 'id' | 'lostLimits'>,
): void {
  if (lostLimits.length === 0) return;
  const options = new Set(lostLimits.flatMap(({ file }) => optionOf(file) ?? []));
  const limits = lostLimits.map(
    ({ file, given, now }) =>
      `${file} is ${now === undefined ? 'gone' : now || 'empty'}, was ${given}`,
  );
  warn(
    io,
    `container ${id} has lost limits (${limits.join('; ')}): another cgroup manager ` +
      'switched their controllers off (systemd, at a reload?) or changed them. ' +
      `\`terrarium update ${id}\` with ${[...options].join(', ')} sets them again`,
  );
}
