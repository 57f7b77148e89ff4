// `terrarium gc`: whatever a killed runtime left behind, undone from its journal.
import { baseCommand, examples, formatOption } from './base-command.ts';
import { table, writeJson } from './columns.ts';
import type { Io } from './io.ts';
import { Signals } from './signals.ts';

const HELP = examples(['terrarium gc', 'containers that run are left alone']);

export function gcCommand(io: Io) {
  return baseCommand('gc', 'undo what killed runtimes left behind', io)
    .addOption(formatOption())
    .addHelpText('after', HELP)
    .action(async ({ format }) => {
      const { collectGarbage } = await import('../container/container.ts');
      const undone = await toTheEnd(io, collectGarbage);
      if (format === 'json') writeJson(io.stdout, undone);
      else if (undone.length === 0) io.stdout.write('nothing was left behind\n');
      else {
        io.stdout.write(
          table(undone, [
            { heading: 'ID', cell: (row) => row.id },
            { heading: 'UNDONE', cell: (row) => row.what },
          ]),
        );
      }
    });
}

/** What has been begun is finished; a signal that came by then ends the command. */
async function toTheEnd<T>(io: Io, work: () => Promise<T>): Promise<T> {
  using signals = new Signals(io);
  const result = await work();
  signals.throwIfEnded();
  return result;
}
