// What one more process of a container is: as the first one, where its caller says nothing else.
import type { Config } from '../../config/config.ts';
import type { JournalRecord } from '../../execute/journal/journal.ts';
import { ownVariable } from '../../host/process/invocation.ts';
import { configFrom } from '../../options/config-from.ts';
import { required, requireList } from '../call/check.ts';
import { hostFacts, usersOf } from '../create/prepare.ts';
import type { ExecOptions } from './exec.ts';

/**
 * What the container was made with, and what the caller changes. A user brings HOME and prompt
 * along. @throws ConfigError
 */
export function configOf(head: JournalRecord['head'], options: ExecOptions): Config {
  const { workdir = head.cwd, terminal } = options;
  const command = required(options.command, 'command');
  const env = requireList(options.env ?? [], 'env');
  const own = options.user === undefined;
  // Only a terminal's prompt asks for the name.
  const user = own && terminal && head.user.uid !== 0 ? String(head.user.uid) : options.user;
  const inherited = own ? head.env : head.env.filter((entry) => !followsUser(entry, head.hostname));
  const config = configFrom(
    {
      rootfs: head.rootfs,
      hostname: head.hostname,
      command,
      env: [...inherited, ...env],
      workdir,
      user,
      terminal,
    },
    hostFacts(),
    {
      id: head.id,
      users: user === undefined ? undefined : usersOf(head.rootfs),
      term: ownVariable('TERM'),
    },
  );
  const { capabilities, noNewPrivileges, rlimits } = head;
  return {
    ...config,
    process: {
      ...config.process,
      ...(own ? { user: head.user } : {}),
      ...(head.umask === undefined ? {} : { umask: head.umask }),
      capabilities,
      noNewPrivileges,
      rlimits,
    },
  };
}

/** HOME, and the prompt unless the caller of `shell` gave another. */
function followsUser(entry: string, hostname: string): boolean {
  if (!entry.startsWith('PS1=')) return entry.startsWith('HOME=');
  return ['$', '#'].some((end) => entry.endsWith(`@${hostname}:$PWD${end} `));
}
