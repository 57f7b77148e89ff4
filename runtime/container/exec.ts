// One more process in a running container.
import type { TextOrBytes } from '../bytes.ts';
import type { ContainerCgroups } from '../cgroups/directories.ts';
import { oomKills } from '../cgroups/stats.ts';
import type { Config } from '../config/config.ts';
import { configFrom } from '../config/from-options.ts';
import { debug } from '../debug.ts';
import { StateError, TerrariumError } from '../errors.ts';
import { bear } from '../execute/bear.ts';
import type { Birth } from '../execute/birth.ts';
import { initEnded } from '../execute/init-ended.ts';
import type { JournalRecord } from '../execute/journal.ts';
import { refusal } from '../execute/refusal.ts';
import { tellExec } from '../execute/tell.ts';
import { ownVariable } from '../host/invocation.ts';
import { alive, type ProcessIdentity } from '../host/process.ts';
import { closeFd, pidfdOpen } from '../native/addon.ts';
import { setWindowSize } from '../native/pump.ts';
import { planExec } from '../plan/exec.ts';
import type { Operation } from '../plan/operations.ts';
import {
  checked,
  refuseUnknown,
  required,
  requireList,
  requireObject,
  signalOf,
  windowSize,
} from './check.ts';
import type { Terminal } from './container.ts';
import { hostFacts, requireRoot, usersOf, type WindowSize } from './prepare.ts';
import { type ExitStatus, exitStatus, oomKilled } from './state.ts';
import { openStdio, type StdioOption } from './stdio.ts';

export interface ExecOptions {
  readonly command: readonly TextOrBytes[];
  /** `KEY=value`, over the container's own environment. */
  readonly env?: readonly TextOrBytes[] | undefined;
  /** Default: the container's. */
  readonly workdir?: TextOrBytes | undefined;
  /** Default: the container's, with its groups. */
  readonly user?: TextOrBytes | undefined;
  readonly terminal?: boolean | undefined;
  readonly windowSize?: WindowSize | undefined;
  readonly stdio?: StdioOption | undefined;
  /** Ends the start, which rejects with the signal's reason. Later it has no effect: see `kill`. */
  readonly signal?: AbortSignal | undefined;
}

export interface ExecutedProcess {
  /** The host's number. */
  readonly pid: number;
  readonly terminal: Terminal | undefined;
  /**
   * kill(2), by number or name: 15, `TERM`, `SIGTERM`; nothing when it has ended. @throws
   * ConfigError.
   */
  kill(signal: number | string): void;
  /**
   * `oomKilled`: whether a process of the container was ended at its memory limit since this one
   * began.
   */
  wait(): Promise<ExitStatus>;
}

const EXEC_OPTIONS: readonly (keyof ExecOptions)[] = [
  ...(['command', 'env', 'workdir', 'user', 'terminal', 'windowSize', 'stdio', 'signal'] as const),
];

/**
 * `cgroups`: the container's, by paths that are right here. `pid`: its first process, by the host's
 * number.
 */
export async function execIn(
  { head, process: first }: JournalRecord,
  cgroups: ContainerCgroups,
  pid: number,
  options: ExecOptions,
): Promise<ExecutedProcess> {
  requireRoot();
  const facts = hostFacts();
  requireObject(options, 'at least { command }');
  const { signal } = options;
  const config = checked(options, () => {
    refuseUnknown(options, EXEC_OPTIONS);
    return configOf(head, options);
  });
  signal?.throwIfAborted();
  const { seccomp, namespaces, id } = head;
  const terminal = options.terminal ? (options.windowSize ?? { columns: 80, rows: 24 }) : undefined;
  const plan = planExec(config.process, facts, { cgroups, namespaces, seccomp, terminal });
  const operations: readonly Operation[] = [...plan.inside, plan.exec];
  const target = pidfdOpen(pid);
  const joinPid = namespaces.includes('pid') ? target : -1;
  try {
    // Only of a process that is still there now is it certain that the descriptor, not just the
    // number, is its own.
    if (!first || first.pid !== pid || !alive(first))
      throw new StateError(`container ${id} is not running`, { hint: 'it ended just now' });
    using streams = openStdio(options.stdio ?? 'inherit');
    const birth = bear({
      birth: plan.birth,
      ops: [...plan.inside, plan.exec],
      stdio: streams.descriptors,
      extra: target,
      joinPid,
    });
    const end = () => void birth.born.then(() => birth.kill());
    signal?.addEventListener('abort', end, { once: true });
    const killsBefore = oomKills(head.cgroups);
    const born = await birth.born;
    await birth.closed;
    signal?.removeEventListener('abort', end);
    if (debug) tellExec(debug, id, plan, birth);
    if (signal?.aborted) {
      await birth.discard();
      throw signal.reason;
    }
    const unheard = typeof born === 'number' || birth.initFailed ? birth.failed : born;
    const failed = birth.refused ?? (unheard && { index: 0, ...unheard });
    if (failed) {
      await birth.discard();
      const operation = typeof born === 'number' ? operations[failed.index] : plan.birth;
      if (!operation)
        throw new TerrariumError(
          `the init reported an operation that is not in the plan: ${failed.index}`,
        );
      const phase =
        operation.kind === 'execve' ? 'exec' : operation.kind === 'clone3' ? 'birth' : 'inside';
      throw refusal(
        {
          operation,
          phase,
          index: failed.index,
          steps: operations.length,
          errno: failed.errno,
          syscall: failed.syscall,
        },
        config,
        facts,
      );
    }
    if (!birth.executed || typeof born !== 'number') throw await notExecuted(birth, first);
    const fd = birth.terminal;
    return {
      pid: born,
      terminal:
        fd === undefined
          ? undefined
          : { fd, resize: (columns, rows) => setWindowSize(fd, ...windowSize(columns, rows)) },
      kill: (signal) => birth.signal(signalOf(signal)),
      wait: async () => {
        const exit = await birth.exit;
        const kills = oomKills(head.cgroups);
        return { ...exitStatus(exit.code, exit.signal), ...oomKilled(kills, killsBefore) };
      },
    };
  } finally {
    closeFd(target);
  }
}

async function notExecuted(birth: Birth, first: ProcessIdentity): Promise<TerrariumError> {
  const ended = await birth.exit;
  if (alive(first)) return initEnded({ failed: birth.initFailed, ended });
  return new TerrariumError('the container exited before the command could start');
}

/**
 * What the container was made with, and what the caller changes. A user brings HOME and prompt
 * along.
 */
function configOf(head: JournalRecord['head'], options: ExecOptions): Config {
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
