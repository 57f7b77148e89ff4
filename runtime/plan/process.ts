// The workload: who it is, what it may do, what is executed.
import { capabilityMask } from '../config/capabilities.ts';
import type { Process, SeccompProfile } from '../config/config.ts';
import type { HostFacts } from '../host/facts.ts';
import type { ExecOp, InsideOp } from './operations.ts';

const DEFAULT_UMASK = 0o022;

interface Life {
  readonly outlivesRuntime?: boolean;
  /** clone3(2) has set no_new_privs. */
  readonly confined?: boolean;
}

/**
 * From root to the workload's identity, in the one order that works: the bounding set while there
 * is CAP_SETPCAP; the filter before the identity only where no_new_privs is off, for then it needs
 * CAP_SYS_ADMIN; the death signal after everything that clears it.
 */
export function confinement(
  process: Process,
  seccomp: SeccompProfile,
  host: HostFacts,
  { outlivesRuntime = false, confined = false }: Life = {},
): InsideOp[] {
  const { user, capabilities, noNewPrivileges } = process;
  const mask = capabilityMask(capabilities);
  const held = user.uid === 0 ? mask : 0n;
  const filter: InsideOp[] =
    seccomp === 'default' ? [{ kind: 'seccomp', profile: 'default', capabilities }] : [];
  return [
    { kind: 'bounding', keep: mask, last: host.lastCapability },
    ...(noNewPrivileges ? [] : filter),
    ...process.rlimits.map((limit): InsideOp => ({ kind: 'rlimit', ...limit })),
    {
      kind: 'user',
      uid: user.uid,
      gid: user.gid,
      groups: user.additionalGids,
      umask: process.umask ?? DEFAULT_UMASK,
    },
    { kind: 'capset', effective: held, permitted: held, inheritable: 0n },
    ...(outlivesRuntime ? [] : [{ kind: 'pdeathsig' as const }]),
    { kind: 'chdir', path: process.cwd },
    ...(noNewPrivileges && !confined ? [{ kind: 'no_new_privs' as const }] : []),
    ...(noNewPrivileges ? filter : []),
  ];
}

/**
 * A name without a slash is looked for in the PATH of the workload's own environment, as execvp(3)
 * does.
 */
export function execve(process: Process, stayAsInit: boolean): ExecOp {
  const [name = ''] = process.args;
  const path =
    process.env.findLast((variable) => variable.startsWith('PATH='))?.slice('PATH='.length) ?? '';
  const directories = path.split(':').map((directory) => directory || '.');
  return {
    kind: 'execve',
    candidates: name.includes('/')
      ? [name]
      : directories.map((directory) => `${directory}/${name}`),
    args: process.args,
    env: process.env,
    stayAsInit,
  };
}
