// Programs with runc's command line, each with a bundle that asks for what Terrarium gives:
// namespaces, limits, mounts, masks, capabilities, seccomp. OCI runtime-spec 1.0.2, config.md and
// config-linux.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as defaults from '../../runtime/config/defaults.ts';
import { architecture } from '../../runtime/host/read.ts';
import { seccompProgram } from '../../runtime/plan/seccomp.ts';
import { words } from '../programs/words.ts';
import { type Context, defineTarget, type Opened, type Request, type Target } from './target.ts';

const SAME = 'the same mounts, capabilities and filter as Terrarium';

export const OCI: readonly Target[] = [
  ...(['runc', 'crun'] as const).flatMap((program) => {
    const common: Pick<Target, 'family' | 'open'> & Partial<Target> = {
      ...{ family: 'container', program, paces: ['tight', 'spaced', 'parallel'] },
      open: openOci,
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
    ...{ timeoutS: 30, open: openOci },
  }),
];

function openOci(context: Context, path: string): Opened {
  const { scratch, link } = context;
  const state = join(scratch, `${path.replaceAll('/', '-')}-state`);
  const verb = (...rest: readonly string[]) => [path, '--root', state, ...rest];
  const verbs = (id: string) => ({
    ...{ exec: verb('exec', id, '/bin/true'), list: verb('list'), state: verb('state', id) },
    ...{ kill: verb('kill', id, 'CONT'), '--version': [path, '--version'] },
  });
  return {
    ...(path.endsWith('/crun') ? { verbs } : {}), // compared with crun alone
    command(request) {
      const { id, linked, detached = false } = request;
      const bundle = join(scratch, 'bundles', id);
      mkdirSync(bundle, { recursive: true });
      writeFileSync(join(bundle, 'config.json'), JSON.stringify(ociConfig(context, request)));
      // gVisor's own network stack would take the link's addresses away from everything else.
      const gvisor = path.endsWith('/runsc');
      const network = linked ? 'host' : 'none';
      return {
        network: gvisor && linked ? link.namespace : undefined,
        leaves: detached,
        argv: words`${path} --root ${state} --network=${gvisor ? network : undefined} run
          ${detached ? ['--detach'] : []} --bundle ${bundle} ${id}`,
        stop: words`${path} --root ${state} delete --force ${id}`,
      };
    },
  };
}

function ociConfig({ root, link }: Context, request: Request) {
  const { id, argv, memoryMiB, cpus, quota, linked, group } = request;
  const namespaces = [
    ...(['mount', 'pid', 'uts', 'ipc', 'cgroup'] as const).map((type) => ({ type })),
    { type: 'network', ...(linked ? { path: link.namespace } : {}) } as const,
  ];
  const all = defaults.DEFAULT_CAPABILITIES;
  const mounts = defaults.defaultMounts(namespaces, 'v1');
  const memory = memoryMiB * 1048576;
  const time = quota && { quota: Math.round(quota * 100_000), period: 100_000 };
  return {
    ...{ ociVersion: '1.0.2', hostname: 'bench', root: { path: root, readonly: false } },
    process: {
      ...{ args: argv, cwd: '/', env: [`PATH=${defaults.DEFAULT_PATH}`] },
      ...{ user: { uid: 0, gid: 0 }, terminal: false, noNewPrivileges: true },
      capabilities: { bounding: all, effective: all, permitted: all },
    },
    mounts: mounts.map((mount) => ({ ...mount, source: mount.source ?? mount.type })),
    linux: {
      ...{ cgroupsPath: `${group?.parent ?? ''}/${id}`, namespaces, seccomp: seccomp() },
      resources: {
        ...{ memory: { limit: memory, swap: memory }, cpu: { cpus, ...time } },
        ...{ pids: { limit: 64 }, devices: defaults.DEFAULT_DEVICE_RULES },
      },
      maskedPaths: defaults.DEFAULT_MASKED_PATHS,
      readonlyPaths: defaults.DEFAULT_READONLY_PATHS,
    },
  };
}

/**
 * The calls that the runtime's filter allows. Its rules for address families and personalities are
 * left out: the peers would need 6 % longer for them.
 */
function seccomp() {
  const [allowed] = seccompProgram(defaults.DEFAULT_CAPABILITIES, architecture()).rules;
  const names = [...(allowed?.names ?? []), 'socket', 'socketpair'];
  const flags = { index: 0, value: 0x7e020000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' };
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: [
      { names, action: 'SCMP_ACT_ALLOW' },
      // As engines do: a C library that is refused clone3 falls back to clone, whose namespace
      // flags a filter can see.
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
      { names: ['clone'], action: 'SCMP_ACT_ALLOW', args: [flags] },
    ],
  };
}
