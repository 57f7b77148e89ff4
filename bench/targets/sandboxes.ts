// Programs that isolate a process without being container runtimes: the command for the nearest
// thing that they offer.
import { DEFAULT_CAPABILITIES } from '../../runtime/config/defaults.ts';
import { words } from '../programs/words.ts';
import { COMMAND_PACES, defineTarget, type Target } from './target.ts';

const COMMON = { family: 'sandbox', limitedByGroup: ['memory', 'cpu'] } as const;
const QUICK = { ...COMMON, timeoutS: 10, paces: COMMAND_PACES } as const;

export const SANDBOXES: readonly Target[] = [
  defineTarget({
    ...{ ...QUICK, name: 'bwrap', title: 'bubblewrap', program: 'bwrap', package: 'bubblewrap' },
    note: 'namespaces and 14 capabilities; no cgroups (the benchmark’s own limits it), no seccomp',
    // bubblewrap(1). As root it makes no user namespace; /sys is bound because it cannot mount one.
    open: ({ root, link }) => ({
      command: ({ argv, linked }) => ({
        argv: words`bwrap --unshare-ipc --unshare-pid --unshare-uts --unshare-cgroup
          --hostname bench ${linked ? '--share-net' : '--unshare-net'} --bind ${root} /
          --proc /proc --dev /dev --mqueue /dev/mqueue --ro-bind /sys /sys --cap-drop ALL
          ${DEFAULT_CAPABILITIES.flatMap((name) => ['--cap-add', name])} --die-with-parent ${argv}`,
        network: linked ? link.namespace : undefined,
      }),
    }),
  }),
  defineTarget({
    ...{ ...QUICK, name: 'unshare', title: 'unshare(1)', program: 'unshare' },
    package: 'util-linux',
    note: 'namespaces and /proc only: no cgroups (the benchmark’s own limits it), all capabilities',
    open: ({ root, link }) => ({
      command: ({ argv, linked }) => ({
        argv: words`unshare --mount --uts --ipc --pid --cgroup ${linked ? [] : ['--net']}
          --fork --kill-child --root=${root} --mount-proc ${argv}`,
        network: linked ? link.namespace : undefined,
      }),
    }),
  }),
  defineTarget({
    ...{ ...COMMON, name: 'nspawn', title: 'systemd-nspawn', family: 'container' },
    ...{ program: 'systemd-nspawn', package: 'systemd-container' },
    note: 'without systemd as PID 1 it registers nothing and makes no group of its own (the benchmark’s own limits it)',
    // systemd-nspawn(1). A second container on a directory is refused unless it is read-only.
    open: ({ root, link }) => ({
      command: ({ id, argv, linked }) => ({
        argv: words`systemd-nspawn --register=no --keep-unit --pipe --as-pid2 --quiet
          --directory ${root} --read-only --machine ${id}
          ${linked ? `--network-namespace-path=${link.namespace}` : '--private-network'} ${argv}`,
      }),
    }),
  }),
];
