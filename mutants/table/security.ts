// Capabilities, no_new_privs, the seccomp filter.
import type { Area } from './table.ts';

const PROCESS = 'runtime/plan/process.ts';
const PROFILE = 'runtime/plan/seccomp-profile.ts';

/** One name leaves the list of refused calls and joins the allowed ones. */
const allowed = (call: string) => ({
  name: `${call}-allowed`,
  file: PROFILE,
  find: 'accept accept4 access ',
  replace: `${call} accept accept4 access `,
  requirements: ['SAFE-03'] as const,
});

export const security: Area = {
  title: 'Capabilities and seccomp',
  mutants: [
    {
      name: 'bounding-set-full',
      file: PROCESS,
      find: "{ kind: 'bounding', keep: mask, last: host.lastCapability },",
      replace: "{ kind: 'bounding', keep: ~0n, last: host.lastCapability },",
      requirements: ['SAFE-01'],
    },
    {
      name: 'effective-set-full',
      file: PROCESS,
      find: 'effective: held, permitted: held, inheritable: 0n',
      replace: 'effective: ~0n, permitted: ~0n, inheritable: 0n',
      requirements: ['SAFE-01'],
    },
    {
      name: 'capabilities-inheritable',
      file: PROCESS,
      find: 'inheritable: 0n',
      replace: 'inheritable: held',
      requirements: ['SAFE-01'],
    },
    {
      name: 'sys-admin-among-the-defaults',
      file: 'runtime/config/defaults.ts',
      find: "    'CAP_MKNOD',\n",
      replace: "    'CAP_MKNOD',\n    'CAP_SYS_ADMIN',\n",
      requirements: ['SAFE-01'],
    },
    {
      name: 'net-admin-among-the-defaults',
      file: 'runtime/config/defaults.ts',
      find: "    'CAP_NET_RAW',\n",
      replace: "    'CAP_NET_RAW',\n    'CAP_NET_ADMIN',\n",
      requirements: ['SAFE-01'],
    },
    {
      name: 'chown-missing-among-the-defaults',
      file: 'runtime/config/defaults.ts',
      find: "    'CAP_CHOWN',\n",
      replace: '',
      requirements: ['SAFE-01'],
    },
    {
      name: 'no-new-privs-left-out',
      file: PROCESS,
      find: 'const { user, capabilities, noNewPrivileges } = process;',
      replace: 'const { user, capabilities } = process;\n  const noNewPrivileges = false;',
      requirements: ['SAFE-02'],
    },
    {
      name: 'filter-left-out',
      file: PROCESS,
      find: "seccomp === 'default' ? [{ kind: 'seccomp', profile: 'default', capabilities }] : [];",
      replace: '[];',
      requirements: ['SAFE-03'],
    },
    {
      name: 'filter-allows-by-default',
      file: 'runtime/plan/seccomp.ts',
      find: 'defaultAction: errnoAction(ENOSYS),',
      replace: 'defaultAction: 0x7ffc0000,',
      requirements: ['SAFE-03'],
    },
    {
      name: 'filter-of-all-capabilities',
      file: 'runtime/plan/seccomp.ts',
      find: 'const held = capabilityMask(capabilities);',
      replace: 'const held = capabilityMask(capabilities) | ~0n;',
      requirements: ['SAFE-03'],
    },
    ...['add_key', 'bpf', 'io_uring_setup', 'keyctl', 'perf_event_open', 'userfaultfd'].map(
      allowed,
    ),
    ...['kexec_load', 'mount', 'unshare', 'setns', 'swapon', 'move_pages'].map(allowed),
    {
      name: 'clone-of-namespaces-allowed',
      file: 'runtime/plan/seccomp.ts',
      find: 'flags.map((flag) => masked(0, flag, flag)),',
      replace: '[],',
      requirements: ['SAFE-03'],
    },
    {
      name: 'clone-of-user-namespaces-allowed',
      file: PROFILE,
      find: '0x8000000, 0x10000000, 0x20000000',
      replace: '0x8000000, 0x20000000',
      requirements: ['SAFE-03'],
    },
    {
      name: 'vsock-allowed',
      file: PROFILE,
      find: '  [41, 47],\n];\nexport const REFUSED_FAMILIES = [38, 40];',
      replace: '  [40, 47],\n];\nexport const REFUSED_FAMILIES = [38];',
      requirements: ['SAFE-03'],
    },
    {
      name: 'socket-family-by-64-bits',
      file: 'runtime/plan/seccomp.ts',
      find: 'const WIDTH = 0xffffffffn;',
      replace: 'const WIDTH = 0xffffffffffffffffn;',
      requirements: ['SAFE-03'],
    },
    {
      name: 'any-personality-allowed',
      file: 'runtime/plan/seccomp.ts',
      find: "['personality'], between(0, one, one)",
      replace: "['personality'], between(0, 0, 0xffffffff)",
      requirements: ['SAFE-03'],
    },
    {
      name: 'foreign-architecture-allowed',
      file: 'native/core/seccomp.cc',
      find: '{SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS},',
      replace: '{SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW},',
      requirements: ['SAFE-03'],
    },
  ],
};
