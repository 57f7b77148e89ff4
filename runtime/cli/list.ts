// `terrarium list`: the containers of this host.
import type { ContainerState } from '../container/container.ts';
import { commandLine } from '../plan/command-line.ts';
import { baseCommand, examples, formatOption } from './base-command.ts';
import { table, writeJson } from './columns.ts';
import type { Io } from './io.ts';

const HELP = examples(
  ['terrarium list', 'all of them'],
  ['terrarium delete --force $(terrarium list --quiet)', 'be rid of all of them'],
);

export function listCommand(io: Io) {
  return baseCommand('list', 'list the containers', io)
    .option('-q, --quiet', 'ids only')
    .addOption(formatOption())
    .addHelpText('after', HELP)
    .action(async ({ quiet, format }) => {
      const { listContainers } = await import('../container/container.ts');
      const containers = await listContainers();
      if (quiet) io.stdout.write(containers.map(({ id }) => `${id}\n`).join(''));
      else if (format === 'json') writeJson(io.stdout, containers);
      else {
        io.stdout.write(
          table(containers, [
            { heading: 'ID', cell: (container) => container.id },
            { heading: 'STATUS', cell: statusOf },
            { heading: 'PID', right: true, cell: (container) => container.pid || undefined },
            { heading: 'HOSTNAME', cell: (container) => container.hostname },
            { heading: 'ADDRESS', cell: (container) => container.address },
            { heading: 'CREATED', cell: (container) => container.createdAt },
            { heading: 'COMMAND', cell: (container) => commandLine(container.command) },
          ]),
        );
      }
    });
}

function statusOf({ status, oomKilled }: ContainerState): string {
  return oomKilled ? `${status} (out of memory)` : status;
}
