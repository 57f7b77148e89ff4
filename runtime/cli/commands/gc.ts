// `terrarium gc`: whatever a killed runtime left behind, undone from its journal.
import type { Garbage } from '../../container/container.ts';
import type { Io } from '../process/io.ts';
import { Signals } from '../process/signals.ts';
import { table, warn, writeJson } from '../text/columns.ts';
import { baseCommand, examples, formatOption } from './base-command.ts';

const HELP = examples(['terrarium gc', 'containers that run are left alone']);

export function gcCommand(io: Io) {
  return baseCommand('gc', 'undo what killed runtimes left behind', io)
    .addOption(formatOption())
    .addHelpText('after', HELP)
    .action(async ({ format }) => {
      const { collectGarbage, GarbageError } = await import('../../container/container.ts');
      try {
        report(await toTheEnd(io, collectGarbage), format, io);
      } catch (error) {
        // What was undone is said all the same.
        if (error instanceof GarbageError) report(error.garbage, format, io);
        throw error;
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

function report(garbage: Garbage, format: string | undefined, io: Io): void {
  const { undone, left } = garbage;
  for (const { why, hint } of left) warn(io, `left alone: ${why}: ${hint}`);
  if (format === 'json') writeJson(io.stdout, garbage);
  else if (undone.length > 0)
    io.stdout.write(
      table(undone, [
        { heading: 'ID', cell: (row) => row.id },
        { heading: 'UNDONE', cell: (row) => row.what },
      ]),
    );
  else if (left.length === 0) io.stdout.write('nothing was left behind\n');
}
