// Programs that isolate a process without being container runtimes: the command for the nearest
// thing that they offer.
import { DEFAULT_CAPABILITIES } from '../../runtime/config/defaults.ts';
import { words } from '../programs/words.ts';
import type { Request, Target } from './target.ts';
import { COMMAND_PACES, type Command, type Context, defineTarget } from './target.ts';

const COMMON = { family: 'sandbox', limitedByGroup: ['memory', 'cpu'] } as const;
const QUICK = { ...COMMON, timeoutS: 10, paces: COMMAND_PACES } as const;

export const SANDBOXES: readonly Target[] = [
  defineTarget({
    ...{ ...QUICK, name: 'bwrap', title: 'bubblewrap', program: 'bwrap', package: 'bubblewrap' },
    note: 'namespaces and 14 capabilities; no cgroups (the benchmark’s own limits it), no seccomp',
    open: (context) => ({ command: (request) => bwrap(request, context) }),
  }),
  defineTarget({
    ...{ ...QUICK, name: 'unshare', title: 'unshare(1)', program: 'unshare' },
    package: 'util-linux',
    note: 'namespaces and /proc only: no cgroups (the benchmark’s own limits it), all capabilities',
    open: (context) => ({ command: (request) => unshare(request, context) }),
  }),
  defineTarget({
    ...{ ...COMMON, name: 'nspawn', title: 'systemd-nspawn', family: 'container' },
    ...{ program: 'systemd-nspawn', package: 'systemd-container' },
    note: 'without systemd as PID 1 it registers nothing and makes no group of its own (the benchmark’s own limits it)',
    open: (context) => ({ command: (request) => nspawn(request, context) }),
  }),
];

// bubblewrap(1). As root it makes no user namespace; /sys is bound because it cannot mount one.
function bwrap({ argv, linked }: Request, { root, link }: Context): Command {
  const capabilities = DEFAULT_CAPABILITIES.flatMap((name) => ['--cap-add', name]);
  return {
    argv: words`bwrap --unshare-ipc --unshare-pid --unshare-uts --unshare-cgroup --hostname bench
      ${linked ? '--share-net' : '--unshare-net'} --bind ${root} / --proc /proc --dev /dev
      --mqueue /dev/mqueue --ro-bind /sys /sys --cap-drop ALL ${capabilities}
      --die-with-parent ${argv}`,
    network: linked ? link.namespace : undefined,
  };
}

// unshare(1)
function unshare({ argv, linked }: Request, { root, link }: Context): Command {
  return {
    argv: words`unshare --mount --uts --ipc --pid --cgroup ${linked ? [] : ['--net']}
      --fork --kill-child --root=${root} --mount-proc ${argv}`,
    network: linked ? link.namespace : undefined,
  };
}

// systemd-nspawn(1). A second container on the same directory is refused unless it is read-only.
function nspawn({ id, argv, linked }: Request, { root, link }: Context): Command {
  const network = linked ? `--network-namespace-path=${link.namespace}` : '--private-network';
  return {
    argv: words`systemd-nspawn --register=no --keep-unit --pipe --as-pid2 --quiet
      --directory ${root} --read-only --machine ${id} ${network} ${argv}`,
  };
}
