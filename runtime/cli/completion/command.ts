// `terrarium completion`: the script that teaches a shell to complete this command.
import { Argument } from '@commander-js/extra-typings';
import { baseCommand, examples } from '../commands/base-command.ts';
import type { Io } from '../process/io.ts';
import { BASH } from './bash.ts';
import { FISH } from './fish.ts';
import { ZSH } from './zsh.ts';

const SCRIPTS = { bash: BASH, fish: FISH, zsh: ZSH } as const;

const HELP = `
Completes commands, options, their values, paths, and the ids of containers with their state. Only
root can read the ids: they are completed in a root shell.
${examples(
  ['eval "$(terrarium completion bash)"', 'in ~/.bashrc'],
  ['eval "$(terrarium completion zsh)"', 'in ~/.zshrc, after compinit'],
  ['terrarium completion fish > ~/.config/fish/completions/terrarium.fish', 'once'],
  ['terrarium completion bash > /etc/bash_completion.d/terrarium', 'once, for all users'],
)}`;

export function completionCommand(io: Io) {
  return baseCommand('completion', 'print a script that completes commands in a shell', io)
    .addArgument(
      new Argument('<shell>', 'the shell that reads it').choices(['bash', 'fish', 'zsh'] as const),
    )
    .addHelpText('after', HELP)
    .action((shell) => {
      io.stdout.write(SCRIPTS[shell]);
    });
}
