// `terrarium delete`: what a container left on the host is undone.

import type { Io } from '../process/io.ts';
import { Signals } from '../process/signals.ts';
import { baseCommand, examples } from './base-command.ts';

const HELP = examples(
  ['terrarium delete web', 'once it has ended'],
  ['terrarium delete --force web db', 'kill what still runs, then delete'],
);

export function deleteCommand(io: Io) {
  return baseCommand('delete', 'delete containers', io)
    .argument('<id...>', 'the containers')
    .option('-f, --force', 'kill what still runs first; remove what is damaged')
    .addHelpText('after', HELP)
    .action(async (ids, { force = false }) => {
      const { deleteContainer } = await import('../../container/end/delete.ts');
      const { printError } = await import('../text/print-error.ts');
      using signals = new Signals(io);
      for (const id of ids) {
        signals.throwIfEnded();
        // One that cannot be deleted is no reason to keep the others.
        try {
          await deleteContainer(id, { force });
          io.stdout.write(`${id}\n`);
        } catch (error) {
          io.finish(await printError(error, io));
        }
      }
      signals.throwIfEnded();
    });
}
