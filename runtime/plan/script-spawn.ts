// What the script does to become the container's first process: namespaces, cgroups,
// identity, and the waiting until all is set up.
import { CAPABILITIES } from '../config/capabilities.ts';
import {
  type CloneFlag,
  type ExecOp,
  type InsideOp,
  namespaceFlags,
  type Plan,
} from './operations.ts';
import { quote, quoteAll } from './quote.ts';
import type { Step } from './script-inside.ts';

/** The options of unshare(1) and nsenter(1). */
const OPTION: Readonly<Record<CloneFlag, string>> = {
  newns: '--mount',
  newpid: '--pid',
  newnet: '--net',
  newuts: '--uts',
  newipc: '--ipc',
  newcgroup: '--cgroup',
  newuser: '--user',
  newtime: '--time',
};

/**
 * The shell that PID 1 is until it executes the command: confined already, without a need for any
 * program, so it survives that its root is exchanged under it. $1 umask, $2 directory, then the
 * command.
 */
export const WAITING = `
  read -r pid _ < /proc/self/stat
  echo "$pid" >&9
  read -r answer <&8
  [ "$answer" = go ] || exit 125
  exec 8<&- 9>&-
  umask "$1"
  cd "$2"
  shift 2
  exec "$@"`;

type Kind<K extends InsideOp['kind']> = Extract<InsideOp, { kind: K }>;

function only<K extends InsideOp['kind']>(
  steps: readonly Step<InsideOp>[],
  kind: K,
): Step<Kind<K>>[] {
  const isKind = (step: Step<InsideOp>): step is Step<Kind<K>> => step.op.kind === kind;
  return steps.filter(isKind);
}

/** Options that enter every namespace that differs from the host's, for nsenter(1) --target. */
export function namespaceOptions(plan: Plan): string[] {
  const joined = plan.inside.flatMap((op) =>
    op.kind === 'setns' ? op.types : op.kind === 'unshare' ? op.flags : [],
  );
  const all: readonly CloneFlag[] = [
    ...namespaces(plan),
    ...joined,
    ...(plan.spawn.joinPid === undefined ? [] : (['newpid'] as const)),
  ];
  return [...new Set(all)].map((flag) => OPTION[flag]);
}

/**
 * The namespaces that the script makes. No command makes a mount namespace of one tree, so the
 * script copies the host's and uses pivot_root.
 */
function namespaces({ spawn, inside }: Plan): CloneFlag[] {
  const alone = inside.some(({ kind }) => kind === 'mount_namespace');
  return [...(alone ? (['newns'] as const) : []), ...namespaceFlags(spawn)];
}

/**
 * The command whose process becomes the container: in the foreground, so that it has the terminal.
 * `number`: of the clone3.
 */
export function spawnLines(
  plan: Plan,
  number: number,
  steps: readonly Step<InsideOp>[],
  exec: Step<ExecOp>,
): string[] {
  const { joinPid } = plan.spawn;
  const flags = namespaces(plan);
  const alone = only(steps, 'mount_namespace').length > 0;
  const to = only(steps, 'propagation')[0]?.op.to ?? (alone ? 'private' : 'unchanged');
  const options = flags.map((flag) =>
    flag === 'newns' ? `--mount --propagation ${to}` : OPTION[flag],
  );
  const command = [
    ...(only(steps, 'pdeathsig').length ? ['setpriv --pdeathsig KILL'] : []),
    ...(joinPid === undefined ? [] : [`nsenter ${quote(`--pid=${joinPid}`)}`]),
    // A PID namespace is for children: one is needed.
    ...(options.length
      ? [`unshare ${options.join(' ')}${flags.includes('newpid') ? ' --fork' : ''}`]
      : []),
    `/bin/sh -euc ${quote(first(plan, steps, exec).join('\n'))} sh "$work" "$waiting"`,
  ];
  const propagation = only(steps, 'propagation').map((step) => `, ${step.number} propagation`);
  return [`# ${number} clone3${propagation.join('')}`, command.join(' \\\n  ')];
}

/** In the new namespaces, still root of the host's file system. */
function first(
  { spawn: { cgroup, flags } }: Plan,
  steps: readonly Step<InsideOp>[],
  exec: Step<ExecOp>,
): string[] {
  const groups = only(steps, 'join_cgroup').flatMap(({ number, op }) => [
    `  # ${number} join_cgroup`,
    `  echo 0 > ${quote(op.tasks)}`,
  ]);
  const session = only(steps, 'setsid').map(
    ({ number }) =>
      `  # ${number} setsid: with a terminal not, for it stays yours and there is to be job control`,
  );
  return [
    '',
    '  cd /',
    '  exec 8<>"$1/go" 9>"$1/ready"',
    ...(cgroup === undefined ? [] : [`  echo 0 > ${quote(`${cgroup}/cgroup.procs`)}`]),
    ...groups,
    ...session,
    `  if ${session.length ? '[ -t 0 ]' : 'true'}; then session=; else session=setsid; fi`,
    ...only(steps, 'rlimit').flatMap(limited),
    ...remarks(steps, exec),
    `  exec $session ${chain(flags, steps, exec).join(' \\\n    ')}`,
  ];
}

/** Of this shell, and so of all that it executes. */
function limited({ number, op: { type, soft, hard } }: Step<Kind<'rlimit'>>): string[] {
  const option = `prlimit --pid $$ --${type.slice('RLIMIT_'.length).toLowerCase()}`;
  const present = `$(${option} --output HARD --raw --noheadings)`;
  const set =
    hard === undefined
      ? `${option}=${soft}: 2>/dev/null || ${option}="${present}":`
      : `${option}=${soft}:${hard}`;
  return [`  # ${number} rlimit`, `  ${set}`];
}

function remarks(steps: readonly Step<InsideOp>[], exec: Step<ExecOp>): string[] {
  const kinds: readonly InsideOp['kind'][] = [
    'setns',
    'unshare',
    'bounding',
    'user',
    'capset',
    'no_new_privs',
    'pdeathsig',
    'chdir',
  ];
  const done = steps
    .filter(({ op }) => kinds.includes(op.kind))
    .map(({ number, op }) => `${number} ${op.kind}`);
  return [
    `  # ${[...done, `${exec.number} execve`].join(', ')}; descriptors that you pass on stay open, beyond the three that it needs`,
    ...only(steps, 'seccomp').map(
      ({ number }) => `  # ${number} seccomp is missing: no command of util-linux loads a filter`,
    ),
    ...(exec.op.stayAsInit
      ? ['  # the init that stays as PID 1 is missing: the command itself is PID 1']
      : []),
  ];
}

/**
 * Programs that execute one another in one process. The last shell takes the environment as it is,
 * but for names that no shell has.
 */
function chain(
  flags: Plan['spawn']['flags'],
  steps: readonly Step<InsideOp>[],
  exec: Step<ExecOp>,
): string[] {
  const unshared = only(steps, 'unshare').flatMap(({ op }) => op.flags.map((flag) => OPTION[flag]));
  const joined = only(steps, 'setns').flatMap(({ op }) =>
    op.types.map((flag) => quote(`${OPTION[flag]}=${op.path}`)),
  );
  const directory = only(steps, 'chdir')[0]?.op.path ?? '/';
  const umask = only(steps, 'user')[0]?.op.umask ?? 0o022;
  return [
    ...(joined.length ? [`nsenter ${joined.join(' ')}`] : []),
    ...(unshared.length ? [`unshare ${unshared.join(' ')}`] : []),
    `setpriv ${setpriv(flags, steps)}`,
    `env -i -- ${quoteAll(exec.op.env)}`.trimEnd(),
    `/bin/sh -euc "$2" sh ${umask.toString(8).padStart(3, '0')} ${quote(directory)}`,
    quoteAll(exec.op.args),
  ];
}

/**
 * The permitted and effective sets follow from the bounding set when the next program is executed
 * (capabilities(7)).
 */
function setpriv(flags: Plan['spawn']['flags'], steps: readonly Step<InsideOp>[]): string {
  const user = only(steps, 'user').map(({ op: { uid, gid, groups } }) => {
    return `--reuid=${uid} --regid=${gid} ${groups.length ? `--groups=${groups.join()}` : '--clear-groups'}`;
  });
  const bounding = only(steps, 'bounding').map(({ op: { keep } }) => {
    const kept = CAPABILITIES.filter((_, number) => (keep >> BigInt(number)) & 1n).map(
      (name) => `+${name.slice('CAP_'.length).toLowerCase()}`,
    );
    return `--bounding-set=${['-all', ...kept].join()} --inh-caps=-all --ambient-caps=-all`;
  });
  const confined = flags.includes('nnp') || only(steps, 'no_new_privs').length > 0;
  const privileges = confined ? ['--no-new-privs'] : [];
  const death = only(steps, 'pdeathsig').map(() => '--pdeathsig=KILL');
  return [...user, ...bounding, ...privileges, ...death].join(' ');
}
