// `terrarium kill`: a signal to the container's first process.
import { InvalidArgumentError } from '@commander-js/extra-typings';
import { baseCommand, examples } from './base-command.ts';
import { parseSignal } from './exit-status.ts';
import type { Io } from './io.ts';

const HELP = `
PID 1 of a PID namespace ignores what it has no handler for, except KILL and STOP (pid_namespaces(7)).
${examples(['terrarium kill web', 'ask it to end (TERM)'], ['terrarium kill web KILL', 'end it'], ['terrarium kill web 10', 'by number'])}`;

export function killCommand(io: Io) {
  return baseCommand('kill', 'send a signal to a container', io)
    .argument('<id>', 'the container')
    .argument('[signal]', 'a name such as TERM or SIGTERM, or a number', toSignal, 15)
    .addHelpText('after', HELP)
    .action(async (id, signal) => {
      const { openContainer } = await import('../container/container.ts');
      (await openContainer(id)).kill(signal);
    });
}

function toSignal(text: string): number {
  const signal = parseSignal(text);
  if ('value' in signal) return signal.value;
  throw new InvalidArgumentError(signal.hint ?? signal.problem);
}
