// `terrarium stats`: what a container uses and how often its limits held it back.
import { formatSize } from '../../config/units.ts';
import type { Io } from '../process/io.ts';
import { duration, fields, writeJson } from '../text/columns.ts';
import { baseCommand, examples, formatOption } from './base-command.ts';
import { warnOfLost } from './lost-line.ts';

const HELP = examples(
  ['terrarium stats web', 'as of now'],
  ['terrarium stats web --format json', 'for programs'],
);

export function statsCommand(io: Io) {
  return baseCommand('stats', 'show what a container uses', io)
    .argument('<id>', 'the container, by its id or its hostname')
    .addOption(formatOption())
    .addHelpText('after', HELP)
    .action(async (id, { format }) => {
      const { openNamed } = await import('../../container/named.ts');
      const container = await openNamed(id);
      warnOfLost(io, container.state());
      const stats = container.stats();
      if (format === 'json') writeJson(io.stdout, stats);
      else {
        const { statsRows } = await import('../../cgroups/controllers/index.ts');
        io.stdout.write(fields(statsRows(stats, { bytes: formatSize, nanoseconds: duration })));
      }
    });
}
