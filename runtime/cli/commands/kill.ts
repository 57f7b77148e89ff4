// `terrarium kill`: a signal to the container's first process.
import { constants } from 'node:os';
import { InvalidArgumentError } from '@commander-js/extra-typings';
import { isInitOfNamespace, receives } from '../../host/process/process.ts';
import { signalName } from '../../host/process/signals.ts';
import { parseSignal } from '../process/exit-status.ts';
import type { Io } from '../process/io.ts';
import { baseCommand, examples } from './base-command.ts';

const HELP = `
PID 1 of a PID namespace ignores what it has no handler for, except KILL and STOP (pid_namespaces(7)).
${examples(['terrarium kill web', 'ask it to end (TERM)'], ['terrarium kill web KILL', 'end it'], ['terrarium kill web 10', 'by number'])}`;

export function killCommand(io: Io) {
  return baseCommand('kill', 'send a signal to a container', io)
    .argument('<id>', 'the container, by its id or its hostname')
    .argument('[signal]', 'a name such as TERM, SIGTERM or RTMIN+3, or a number', toSignal, 15)
    .addHelpText('after', HELP)
    .action(async (id, signal) => {
      const { openNamed } = await import('../../container/named.ts');
      const container = await openNamed(id);
      // Before: what it asks of may be gone after.
      const kept = isKept(container.pid, signal);
      container.kill(signal);
      if (!kept) return;
      io.stderr.write(
        `terrarium: ${signalName(signal)} does not reach ${id}: its process has no handler for it, ` +
          'and the kernel keeps such signals from PID 1 of a PID namespace\n' +
          `  hint: terrarium kill ${id} KILL ends it; with --init a signal reaches the command\n`,
      );
    });
}

const { SIGCHLD, SIGCONT, SIGKILL, SIGSTOP, SIGURG, SIGWINCH } = constants.signals;
/** What cannot be kept away, and what does nothing without a handler anywhere. */
const NEVER_KEPT: readonly number[] = [SIGCHLD, SIGCONT, SIGKILL, SIGSTOP, SIGURG, SIGWINCH];

function isKept(pid: number, signal: number): boolean {
  return !NEVER_KEPT.includes(signal) && isInitOfNamespace(pid) && !receives(pid, signal);
}

function toSignal(text: string): number {
  const signal = parseSignal(text);
  if ('value' in signal) return signal.value;
  throw new InvalidArgumentError(signal.hint ?? signal.problem);
}
