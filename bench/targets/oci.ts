// Programs with runc's command line, each with a bundle that asks for what Terrarium gives.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus as processors } from 'node:os';
import { join } from 'node:path';
import { cgroupMounts, mountsOf } from '../../harness/observe/mounts.ts';
import { words } from '../programs/words.ts';
import { ociConfig } from './bundle.ts';
import { type Context, defineTarget, type Opened, type Target } from './target.ts';

const SAME = 'the same mounts, capabilities and filter as Terrarium';

export const OCI: readonly Target[] = [
  ...(['runc', 'crun'] as const).flatMap((program) => {
    const common: Pick<Target, 'family' | 'open'> & Partial<Target> = {
      ...{ family: 'container', program, guessS: 0.15, paces: ['tight', 'spaced', 'parallel'] },
      open: (context, path) => openOci(context, program, path),
    };
    return [
      defineTarget({
        ...{ ...common, name: program, title: program, package: program },
        note: `the OCI runtime alone, without an engine; ${SAME}`,
      }),
      defineTarget({
        ...{ ...common, name: `${program}-newest`, title: `${program}, newest`, newest: true },
        note: `the newest that Debian has, a private copy; ${SAME}`,
      }),
    ];
  }),
  defineTarget({
    ...{ name: 'gvisor', title: 'gVisor', family: 'sandbox', program: 'runsc', package: 'runsc' },
    note: 'a kernel in user space between the workload and the host’s; the same bundle',
    ...{ timeoutS: 30, guessS: 0.7, open: (context, path) => openOci(context, 'runsc', path) },
  }),
];

function openOci(context: Context, kind: 'runc' | 'crun' | 'runsc', path: string): Opened {
  const { scratch, link, root } = context;
  const gvisor = kind === 'runsc';
  const state = join(scratch, `${path.replaceAll('/', '-')}-state`);
  const unified = unifiedMount();
  const mounts =
    kind !== 'runc' && unified !== undefined ? mountsWithout(unified, scratch) : undefined;
  const verb = (...rest: readonly string[]) => [path, '--root', state, ...rest];
  return {
    ...(kind === 'crun'
      ? {
          verbs: (id: string) => ({
            ...{
              exec: verb('exec', id, '/bin/true'),
              list: verb('list'),
              state: verb('state', id),
            },
            ...{ kill: verb('kill', id, 'CONT'), '--version': [path, '--version'] },
          }),
        }
      : {}),
    command({ id, argv, memoryMiB, cpus, quota, linked, detached = false, group }) {
      const bundle = join(scratch, 'bundles', id);
      const memory = memoryMiB * 1048576;
      const time =
        quota === undefined ? {} : { quota: Math.round(quota * 100_000), period: 100_000 };
      const config = ociConfig({
        ...{ rootfs: root, cgroupsPath: `${group?.parent ?? ''}/${id}`, args: argv },
        limits: {
          memory: { limit: memory, swap: memory },
          cpu: { ...(cpus === undefined ? {} : { cpus }), ...time },
          pids: { limit: 64 },
        },
        network: linked ? link.namespace : undefined,
      });
      mkdirSync(bundle, { recursive: true });
      writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
      // gVisor's own network stack would take the link's addresses away from everything else.
      const network = gvisor ? [`--network=${linked ? 'host' : 'none'}`] : [];
      return {
        mounts,
        network: gvisor && linked ? link.namespace : undefined,
        leaves: detached,
        argv: words`${path} --root ${state} ${network} run ${detached ? ['--detach'] : []}
          --bundle ${bundle} ${id}`,
        stop: words`${path} --root ${state} delete --force ${id}`,
      };
    },
  };
}

/** Where v1 hierarchies and a v2 tree are beside each other, the latter. */
function unifiedMount(): string | undefined {
  const mounts = cgroupMounts();
  const unified = mounts.find(({ type }) => type === 'cgroup2')?.point;
  return mounts.some(({ type }) => type === 'cgroup') ? unified : undefined;
}

/**
 * Path of a mount namespace like ours without the v2 tree, beside which crun refuses to start. A
 * bind mount in our own namespace keeps it, and goes with that. The kernel binds only a namespace
 * with a larger number than ours, and since 6.18 each processor hands out numbers of its own: one
 * of them has larger ones.
 */
function mountsWithout(unified: string, scratch: string): string {
  const directory = join(scratch, 'mount-namespaces');
  const path = join(directory, 'without-unified');
  if (mountsOf('self').some(({ point }) => point === path)) return path;
  mkdirSync(directory, { recursive: true });
  writeFileSync(path, '');
  // It can only be bound where mounts do not spread to others: setns(2), mount(2).
  execFileSync('mount', ['--bind', directory, directory]);
  execFileSync('mount', ['--make-private', directory]);
  for (const cpu of processors().keys()) {
    const make = words`-c ${cpu} unshare --mount=${path} umount ${unified}`;
    const { status, stderr } = spawnSync('taskset', make, { encoding: 'utf8' });
    if (status === 0) return path;
    if (cpu === processors().length - 1) throw new Error(stderr.trim());
  }
  return path;
}
