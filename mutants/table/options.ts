// Options that are parsed and then have no effect.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of files
import type { Area } from './table.ts';

const CONFIG = 'runtime/options/config-from.ts';

export const options: Area = {
  title: 'Options',
  mutants: [
    {
      name: 'user-ignored',
      file: CONFIG,
      find: '      user: who.user,\n',
      replace: '      user: { uid: 0, gid: 0, additionalGids: [0] },\n',
      requirements: ['OPT-01'],
    },
    {
      name: 'env-ignored',
      file: 'runtime/options/process.ts',
      find: 'env: parseEnvironment(given.env, defaults, problems),',
      replace: 'env: parseEnvironment(undefined, defaults, problems),',
      requirements: ['OPT-01'],
    },
    {
      name: 'callers-variables-not-passed-on',
      file: 'runtime/cli/commands/container-arguments.ts',
      find: 'return value === undefined ? [] : `${entry}=${value}`;',
      replace: 'return value !== undefined ? [] : `${entry}=`;',
      requirements: ['OPT-01'],
    },
    {
      name: 'workdir-ignored',
      file: 'runtime/plan/process.ts',
      find: "{ kind: 'chdir', path: process.cwd },",
      replace: "{ kind: 'chdir', path: '/' },",
      requirements: ['OPT-01'],
    },
    {
      name: 'cap-drop-ignored',
      file: 'runtime/config/capabilities.ts',
      find: '...base.filter((name) => !dropped.has(name)),',
      replace: '...base,',
      requirements: ['OPT-01'],
    },
    {
      name: 'umask-of-the-caller',
      file: 'runtime/plan/process.ts',
      find: 'const DEFAULT_UMASK = 0o022;',
      replace: 'const DEFAULT_UMASK = 0o077;',
      requirements: ['OPT-01'],
    },
    {
      name: 'init-ignored',
      file: 'runtime/plan/plan.ts',
      find: 'execve(config.process, config.init)',
      replace: 'execve(config.process, false)',
      requirements: ['PS-04'],
    },
    {
      name: 'command-ignored',
      file: 'runtime/options/process.ts',
      find: 'args: parseCommand(given.command, problems),',
      replace: 'args: parseCommand(undefined, problems),',
      requirements: ['CLI-01'],
    },
    {
      name: 'open-files-of-node',
      file: CONFIG,
      find: "[{ type: 'RLIMIT_NOFILE', soft: openFiles }, ...(fileSize ? [fileSize] : [])]",
      replace: '[...(fileSize ? [fileSize] : [])]',
      requirements: ['CLI-07'],
    },
    {
      name: 'log-size-ignored',
      file: 'runtime/options/lifetime.ts',
      find: "(problems.accept('logMaxSize', logMaxSize, parseLogMaxSize(logMaxSize)) ?? 0);",
      replace: 'LOG_MAX_BYTES;',
      requirements: ['CLI-12'],
    },
    {
      name: 'no-tty-ignored',
      file: 'runtime/cli/commands/container-arguments.ts',
      find: 'terminal: terminal ?? (!detach && onTerminal(io)),',
      replace: 'terminal: !detach && onTerminal(io),',
      requirements: ['CLI-02'],
    },
    {
      name: 'hostname-may-have-65-bytes',
      file: 'runtime/options/identity.ts',
      find: 'if (bytes > 64)',
      replace: 'if (bytes > 65)',
      requirements: ['BAD-08'],
    },
  ],
};
