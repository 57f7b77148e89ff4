// `terrarium list`: the containers of this host.
import type { ContainerState } from '../../container/container.ts';
import { commandLine } from '../../plan/command-line.ts';
import type { Io } from '../process/io.ts';
import { table, warn, writeJson } from '../text/columns.ts';
import { baseCommand, examples, formatOption } from './base-command.ts';
import { warnOfLost } from './lost-line.ts';

const HELP = examples(
  ['terrarium list', 'all of them'],
  ['terrarium delete --force $(terrarium list --quiet)', 'remove all containers'],
);

export function listCommand(io: Io) {
  return baseCommand('list', 'list the containers', io)
    .option('-q, --quiet', 'ids only')
    .addOption(formatOption())
    .addHelpText('after', HELP)
    .action(async ({ quiet, format }) => {
      const { surveyContainers } = await import('../../container/state/survey.ts');
      const { containers, damaged } = surveyContainers();
      for (const { file, reason, hint } of damaged) warn(io, `${file} ${reason}: ${hint}`);
      for (const container of containers) warnOfLost(io, container);
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
