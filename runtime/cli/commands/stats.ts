// `terrarium stats`: what a container uses and how often its limits held it back.
import type { ContainerStats } from '../../cgroups/stats.ts';
import type { Io } from '../process/io.ts';
import { duration, fields, size, writeJson } from '../text/columns.ts';
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
      else io.stdout.write(fields(rows(stats)));
    });
}

function rows({
  memory,
  cpu,
  pids,
}: ContainerStats): (readonly [name: string, value: string | number | undefined])[] {
  return [
    ['memory', size(memory?.usageBytes)],
    ['  at most so far', size(memory?.peakBytes)],
    ['  limit', memory && (size(memory.limitBytes) ?? 'none')],
    ['  processes killed for it', memory?.oomKills],
    ['processor time', cpu && duration(cpu.usageNs)],
    [
      '  held back by the limit',
      cpu && `${duration(cpu.throttledNs)}, in ${cpu.throttledPeriods} of ${cpu.periods} periods`,
    ],
    ['processes', pids?.current],
    ['  limit', pids && (pids.limit ?? 'none')],
    ['  refused for it', pids?.refusals],
  ];
}
