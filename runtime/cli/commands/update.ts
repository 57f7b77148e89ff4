// `terrarium update`: other limits for a container that runs.

import { shaped } from '../../options/index.ts';
import type { Io } from '../process/io.ts';
import { baseCommand, examples } from './base-command.ts';
import { addLimits } from './container-arguments.ts';
import { warnOfLost } from './lost-line.ts';

const HELP = examples(
  ['terrarium update web --memory 128m', 'more memory, still without swap'],
  ['terrarium update web --cpus 1 --pids-limit 32', 'two limits at once'],
);

export function updateCommand(io: Io) {
  const command = baseCommand('update', 'change the limits of a running container', io);
  addLimits(command);
  return command
    .argument('<id>', 'the container, by its id or its hostname')
    .addHelpText('after', HELP)
    .action(async (id, limits: object, command) => {
      if (Object.keys(limits).length === 0)
        command.error('error: no limit was given', { exitCode: 125 });
      const [{ openNamed }, { readHostFacts }, { limitsFrom }] = await Promise.all([
        import('../../container/named.ts'),
        import('../../host/read.ts'),
        import('../../options/limits.ts'),
      ]);
      const resources = limitsFrom(shaped(limits), readHostFacts());
      const container = await openNamed(id);
      container.update(resources);
      // Limits that were not named stay lost.
      warnOfLost(io, container.state());
    });
}
