// Config and host facts to a Plan. Pure: everything that has to be decided is decided here and in
// the files beside this one.
import { planCgroups } from '../cgroups/plan.ts';
import { holds } from '../config/capabilities.ts';
import type { Config, NamespaceType } from '../config/config.ts';
import type { HostFacts } from '../host/facts.ts';
import { hosts } from './hosts.ts';
import { network } from './network.ts';
import type { CloneFlag, InsideOp, LifeFlag, Plan } from './operations.ts';
import { confinement, execve } from './process.ts';
import { rootfs } from './rootfs.ts';

/** clone(2)'s flag of each namespace of the OCI vocabulary. */
export const CLONE_FLAG: Readonly<Record<NamespaceType, CloneFlag>> = {
  mount: 'newns',
  pid: 'newpid',
  network: 'newnet',
  uts: 'newuts',
  ipc: 'newipc',
  cgroup: 'newcgroup',
  user: 'newuser',
  time: 'newtime',
};

export interface PlanContext {
  /** Directory of the containers' state, and under which addresses are claimed. */
  readonly stateRoot: string;
  /** The host's /etc/hosts, asked only where its network is shared. */
  readonly hostsOfHost: () => string;
  /** Which /30 of the address pool to take, asked only when one is needed. */
  readonly slot: () => number;
  /** Size of the terminal, in characters, if there is to be one. */
  readonly terminal: { readonly columns: number; readonly rows: number } | undefined;
  /** Wait for `start` before the workload is executed (OCI create and start). */
  readonly awaitStart: boolean;
}

export interface Planned {
  readonly plan: Plan;
  readonly warnings: readonly string[];
}

/** @throws HostError when the host cannot enforce a limit that is asked for. */
export function plan(config: Config, host: HostFacts, context: PlanContext): Planned {
  const cgroups = planCgroups(config.id, config.resources, host, config.detach);
  const net = network(config, context.slot, {
    stateRoot: context.stateRoot,
    networkNamespace: host.networkNamespace,
  });
  const named = hosts(config, {
    stateRoot: context.stateRoot,
    address: net.link[0]?.peerAddress,
    hostsOfHost: context.hostsOfHost,
  });
  const has = (type: NamespaceType) =>
    config.namespaces.some((namespace) => namespace.type === type);
  const created = config.namespaces
    .filter(({ path }) => path === undefined)
    .map(({ type }) => CLONE_FLAG[type]);
  const alone = ownsMountsAlone(created, host);
  const propagation: InsideOp[] = alone ? [] : [{ kind: 'propagation', to: 'private' }];
  const life = lifeFlags(config, host, cgroups.cgroup);
  const joinPid = config.namespaces.find(({ type }) => type === 'pid')?.path;
  const v1 = cgroups.joinTasks.length > 0;
  // Only once it is in its groups: the namespace's root is the group that its maker is in.
  const cgroupNamespace: InsideOp[] = created.includes('newcgroup')
    ? [{ kind: 'unshare', flags: ['newcgroup'] }]
    : [];
  const inside: InsideOp[] = [
    { kind: 'setsid' },
    ...joins(config),
    ...(v1 ? [] : cgroupNamespace),
    // Also in one that was joined: what is mounted there from now on is this container's, and
    // not visible outside of it.
    ...propagation,
    ...rootfs(config, host.cgroup, { detached: alone, sysctls: net.sysctls }),
    // v1: late, so that the groups are made at the same time, and before the pivot, after which
    // their files are out of reach.
    ...(v1 ? [{ kind: 'await' as const, what: 'host' as const }] : []),
    ...cgroups.joinTasks.map((tasks): InsideOp => ({ kind: 'join_cgroup', tasks })),
    ...(v1 ? cgroupNamespace : []),
    ...named.inside,
    { kind: alone ? 'mount_namespace' : 'pivot_root' },
    // After that, since a terminal opened on a mount of the detached root would have no path.
    ...terminal(config, context.terminal),
    ...(has('uts') ? [{ kind: 'sethostname' as const, name: config.hostname }] : []),
    ...net.inside,
    ...confinement(config.process, config.seccomp, host, {
      outlivesRuntime: config.detach,
      confined: life.includes('nnp'),
    }),
    ...(context.awaitStart ? [{ kind: 'await' as const, what: 'start' as const }] : []),
  ];
  return {
    plan: {
      version: 2,
      id: config.id,
      cgroups: cgroups.cgroups,
      host: [...net.host, ...named.host, ...cgroups.host],
      spawn: {
        kind: 'clone3',
        flags: [
          ...created.filter((flag) => flag !== 'newcgroup' && (flag !== 'newns' || !alone)),
          ...life,
        ],
        ...(cgroups.cgroup === undefined ? {} : { cgroup: cgroups.cgroup }),
        ...(cgroups.watcherCgroup === undefined ? {} : { watcherCgroup: cgroups.watcherCgroup }),
        ...(joinPid === undefined ? {} : { joinPid }),
      },
      link: net.link,
      inside,
      exec: execve(config.process, config.init),
    },
    warnings: cgroups.warnings,
  };
}

/**
 * Whether the container gets a mount namespace of its root alone. This needs CAP_SYS_CHROOT
 * (setns(2)) and privileges over the mount namespace in which the tree is built, which a new user
 * namespace does not have.
 */
function ownsMountsAlone(created: readonly CloneFlag[], host: HostFacts): boolean {
  return (
    host.features?.includes('mount_namespace') === true &&
    holds(host, 'CAP_SYS_CHROOT') &&
    created.includes('newns') &&
    !created.includes('newuser')
  );
}

/**
 * The clone3(2) flags of Linux 7.1: no_new_privs, and the tie to the runtime's pidfd, since a
 * program can clear its death signal. The kernel then also reaps the container, so only its v2
 * cgroup has its CPU time. Detached containers are not tied.
 */
function lifeFlags(
  { process, detach }: Config,
  host: HostFacts,
  cgroup: string | undefined,
): LifeFlag[] {
  if (!host.features?.includes('clone_autokill')) return [];
  return [
    ...(process.noNewPrivileges ? (['nnp'] as const) : []),
    ...(detach || cgroup === undefined ? [] : (['autoreap', 'pidfd_autokill'] as const)),
  ];
}

function terminal({ process }: Config, size: PlanContext['terminal']): InsideOp[] {
  return size ? [{ kind: 'pty', ...size, uid: process.user.uid, console: true }] : [];
}

/** The mount namespace last: the paths of the others are the host's. */
function joins({ namespaces }: Config): InsideOp[] {
  const joined = namespaces.filter(({ type, path }) => path !== undefined && type !== 'pid');
  const ordered = [
    ...joined.filter(({ type }) => type !== 'mount'),
    ...joined.filter(({ type }) => type === 'mount'),
  ];
  return ordered.map(({ type, path = '' }) => ({ kind: 'setns', types: [CLONE_FLAG[type]], path }));
}
