// `terrarium ps`: the processes of one container, by both of their numbers.

import type { Io } from '../process/io.ts';
import { size, table, writeJson } from '../text/columns.ts';
import { baseCommand, examples, formatOption } from './base-command.ts';

const HELP = examples(['terrarium ps web', 'PID is the number inside, HOST PID the one outside']);

export function psCommand(io: Io) {
  return baseCommand('ps', 'list the processes of a container', io)
    .argument('<id>', 'the container, by its id or its hostname')
    .addOption(formatOption())
    .addHelpText('after', HELP)
    .action(async (id, { format }) => {
      const { openNamed } = await import('../../container/named.ts');
      const processes = await (await openNamed(id)).processes();
      if (format === 'json') writeJson(io.stdout, processes);
      else {
        io.stdout.write(
          table(processes, [
            { heading: 'PID', right: true, cell: (process) => process.pid },
            { heading: 'HOST PID', right: true, cell: (process) => process.hostPid },
            { heading: 'UID', right: true, cell: (process) => process.uid },
            { heading: 'STATE', cell: (process) => process.state },
            { heading: 'MEMORY', right: true, cell: (process) => size(process.memoryBytes) },
            { heading: 'COMMAND', cell: (process) => process.command },
          ]),
        );
      }
    });
}
