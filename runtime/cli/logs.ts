// `terrarium logs`: what a detached container wrote.
import { baseCommand, examples } from './base-command.ts';
import type { Io } from './io.ts';

const HELP = examples(
  ['terrarium logs web', 'so far'],
  ['terrarium logs --follow web', 'until it ends'],
);

export function logsCommand(io: Io) {
  return baseCommand('logs', 'print what a detached container wrote', io)
    .argument('<id>', 'the container')
    .option('-f, --follow', 'go on until it ends')
    .addHelpText('after', HELP)
    .action(async (id, { follow = false }) => {
      const { openContainer } = await import('../container/container.ts');
      for await (const chunk of (await openContainer(id)).logs({ follow })) io.stdout.write(chunk);
    });
}
