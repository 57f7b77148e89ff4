// `terrarium logs`: what a detached container wrote.

import type { Io } from '../process/io.ts';
import { baseCommand, examples } from './base-command.ts';

const HELP = examples(
  ['terrarium logs web', 'so far'],
  ['terrarium logs --follow web', 'until it ends'],
);

export function logsCommand(io: Io) {
  return baseCommand('logs', 'print what a detached container wrote', io)
    .argument('<id>', 'the container, by its id or its hostname')
    .option('-f, --follow', 'go on until it ends')
    .addHelpText('after', HELP)
    .action(async (id, { follow = false }) => {
      const { openNamed } = await import('../../container/named.ts');
      const container = await openNamed(id);
      for await (const bytes of container.logs({ follow })) {
        // `| head`: output without a reader is not waited for.
        if (io.stdout.write(bytes) === false) break;
      }
      const dropped = container.droppedLogBytes;
      if (dropped > 0) {
        io.stderr.write(
          `terrarium: ${dropped} bytes of output are not in this log: its file system was full\n`,
        );
      }
    });
}
