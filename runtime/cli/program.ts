// The command line as a whole: finds the command, loads that one only, and turns whatever it throws
// into lines and a status.
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Io } from './process/io.ts';

interface Entry {
  readonly summary: string;
  load(io: Io): Promise<CommandUnknownOpts>;
}

/**
 * In the order the help shows them. The summaries are here too, so that the list needs no command's
 * file.
 */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  shell: {
    summary: 'run a shell, or a command, in a new container',
    load: async (io) => (await import('./commands/shell.ts')).shellCommand(io),
  },
  explain: {
    summary: 'show the plan of a container without performing it',
    load: async (io) => (await import('./commands/explain.ts')).explainCommand(io),
  },
  exec: {
    summary: 'run a command in a running container',
    load: async (io) => (await import('./commands/exec.ts')).execCommand(io),
  },
  list: {
    summary: 'list the containers',
    load: async (io) => (await import('./commands/list.ts')).listCommand(io),
  },
  state: {
    summary: 'show the state of a container',
    load: async (io) => (await import('./commands/state.ts')).stateCommand(io),
  },
  ps: {
    summary: 'list the processes of a container',
    load: async (io) => (await import('./commands/ps.ts')).psCommand(io),
  },
  stats: {
    summary: 'show what a container uses',
    load: async (io) => (await import('./commands/stats.ts')).statsCommand(io),
  },
  logs: {
    summary: 'print what a detached container wrote',
    load: async (io) => (await import('./commands/logs.ts')).logsCommand(io),
  },
  kill: {
    summary: 'send a signal to a container',
    load: async (io) => (await import('./commands/kill.ts')).killCommand(io),
  },
  update: {
    summary: 'change the limits of a running container',
    load: async (io) => (await import('./commands/update.ts')).updateCommand(io),
  },
  delete: {
    summary: 'delete containers',
    load: async (io) => (await import('./commands/delete.ts')).deleteCommand(io),
  },
  gc: {
    summary: 'undo what killed runtimes left behind',
    load: async (io) => (await import('./commands/gc.ts')).gcCommand(io),
  },
  doctor: {
    summary: 'show what this host offers to containers',
    load: async (io) => (await import('./commands/doctor.ts')).doctorCommand(io),
  },
  completion: {
    summary: 'print a script that completes commands in a shell',
    load: async (io) => (await import('./completion/command.ts')).completionCommand(io),
  },
};

const HELP = `
Exit status: the workload's own; 125 if Terrarium failed, 126 or 127 if the command could not be executed or found.
terrarium <command> --help has examples.`;

/** All commands known by name, and loaded those in `wanted`. */
export async function buildProgram(
  io: Io,
  version: string,
  wanted: readonly string[],
): Promise<CommandUnknownOpts> {
  const { baseCommand } = await import('./commands/base-command.ts');
  const program = baseCommand(
    'terrarium',
    'Linux containers without a daemon, every system call explained',
    io,
  )
    .usage('<command> [options]')
    .version(version, '-V, --version', 'show the version')
    .helpCommand('help [command]', 'show the help of a command')
    // The same whether a command's file is loaded or not.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText('after', HELP);
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    program.addCommand(wanted.includes(name) ? await load(io) : baseCommand(name, summary, io));
  }
  return program;
}

/**
 * Runs `argv` (without the interpreter and the script). Never throws; the exit status goes to
 * `io.finish`. `built`: `buildProgram` with the same `io` and all commands; it runs once.
 */
export async function run(
  argv: readonly string[],
  io: Io,
  built?: CommandUnknownOpts,
): Promise<void> {
  let program = built;
  try {
    program ??= await programFor(argv, io);
    const [first, topic] = argv;
    // The library would answer `help` for a command that is not there with the list of all.
    const unknownTopic = first === 'help' && topic !== undefined && !Object.hasOwn(COMMANDS, topic);
    if (argv.length === 0) program.outputHelp();
    // Asked by the scripts of `completion`.
    else if (first === '__complete') {
      const { completions } = await import('./completion/complete.ts');
      io.stdout.write(await completions(program, argv.slice(1), io.env));
    } else await program.parseAsync(unknownTopic ? [topic] : argv, { from: 'user' });
  } catch (error) {
    const { EndedBySignal } = await import('./process/signals.ts');
    const { isUsageError, printError, RUNTIME_FAILED } = await import('./text/print-error.ts');
    // Help and version end this way too, with a status of 0; a line without any command with this
    // code and 1.
    if (isUsageError(error) && error.exitCode === 0) return;
    const nothing = isUsageError(error) && error.code === 'commander.help';
    if (nothing) await run([], io);
    const status = nothing
      ? RUNTIME_FAILED
      : await printError(await helpful(error, argv, program), io);
    io.finish(status, error instanceof EndedBySignal ? 'at once' : undefined);
  }
}

async function programFor(argv: readonly string[], io: Io): Promise<CommandUnknownOpts> {
  const { default: about } = await import('../../package.json', { with: { type: 'json' } });
  // Options of the program itself take no values, so the first word that is none is the command,
  // or `help` before it.
  const words = argv.filter((argument) => !argument.startsWith('-')).slice(0, 2);
  return buildProgram(io, about.version, words);
}

/** What was typed wrongly gets a hint that fits; other errors have theirs. */
async function helpful(
  error: unknown,
  argv: readonly string[],
  program: CommandUnknownOpts | undefined,
): Promise<unknown> {
  const { isUsageError } = await import('./text/print-error.ts');
  if (program === undefined || !isUsageError(error)) return error;
  return (await import('./text/usage-hint.ts')).explained(error, argv, program);
}
