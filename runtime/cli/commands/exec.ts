// `terrarium exec`: one more process in a running container, in all its namespaces and its control
// groups.

import { shaped } from '../../options/index.ts';
import { type Io, onTerminal } from '../process/io.ts';
import { baseCommand, examples } from './base-command.ts';
import { addExecFlags, callersEnvironment } from './container-arguments.ts';

const HELP = examples(
  ['terrarium exec web -- ps', 'what runs in it'],
  ['terrarium exec web --tty -- /bin/sh', 'a second shell'],
  [
    'terrarium exec web --user 1000:100 --env DEBUG=1 --workdir /srv -- ./job',
    'as another user, in another directory',
  ],
);

export function execCommand(io: Io) {
  const command = baseCommand('exec', 'run a command in a running container', io)
    .usage('<id> [options] -- command [args...]')
    .argument('<id>', 'the container, by its id or its hostname')
    .argument('<command...>', 'the command and its arguments, after --');
  addExecFlags(command);
  return command
    .option('-i, --interactive', 'standard input is the command’s, always')
    .addHelpText('after', HELP)
    .action(async (id, command, flags: object) => {
      const { env, workdir, user, terminal = onTerminal(io) } = shaped(flags);
      const [{ openNamed }, { execAttached }] = await Promise.all([
        import('../../container/named.ts'),
        import('../terminal/terminal.ts'),
      ]);
      const container = await openNamed(id);
      const ended = await execAttached(
        container,
        { workdir, user, command, env: callersEnvironment({ env }, io.env), terminal },
        io,
      );
      io.finish(ended.exitCode, ended.held ? 'at once' : undefined);
    });
}
