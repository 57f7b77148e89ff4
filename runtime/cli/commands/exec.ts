// `terrarium exec`: one more process in a running container, in all its namespaces and its control
// groups.

import { type Io, onTerminal } from '../process/io.ts';
import { baseCommand, collect, examples } from './base-command.ts';
import { callersEnvironment } from './options.ts';

const HELP = examples(
  ['terrarium exec web -- ps', 'what runs in it'],
  ['terrarium exec web --tty -- /bin/sh', 'a second shell'],
  [
    'terrarium exec web --user 1000:100 --env DEBUG=1 --workdir /srv -- ./job',
    'as another user, in another directory',
  ],
);

export function execCommand(io: Io) {
  return baseCommand('exec', 'run a command in a running container', io)
    .usage('<id> [options] -- command [args...]')
    .argument('<id>', 'the container, by its id or its hostname')
    .argument('<command...>', 'the command and its arguments, after --')
    .option(
      '-e, --env <key=value>',
      "set a variable; KEY alone passes the caller's on (repeatable)",
      collect,
    )
    .option('-w, --workdir <dir>', "directory inside to start in (default: the container's)")
    .option(
      '-u, --user <user>',
      "UID[:GID] or NAME[:GROUP] of the root file system (default: the container's)",
    )
    .option('-t, --tty', 'a terminal inside (default: when all three streams are on one)')
    .option('-T, --no-tty', 'no terminal inside')
    .option('-i, --interactive', 'standard input is the command’s, always')
    .addHelpText('after', HELP)
    .action(async (id, command, { env, tty, interactive: _, ...options }) => {
      const [{ openNamed }, { execAttached }] = await Promise.all([
        import('../../container/named.ts'),
        import('../terminal/terminal.ts'),
      ]);
      const terminal = tty ?? onTerminal(io);
      const container = await openNamed(id);
      const ended = await execAttached(
        container,
        { ...options, command, env: callersEnvironment(env ?? [], io.env), terminal },
        io,
      );
      io.finish(ended.exitCode, ended.held ? 'at once' : undefined);
    });
}
