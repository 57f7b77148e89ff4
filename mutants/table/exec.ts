// One more process in a container.
import type { Area } from './table.ts';

const EXEC = 'runtime/plan/exec.ts';

export const exec: Area = {
  title: 'exec',
  mutants: [
    {
      name: 'exec-joins-the-memory-group-only',
      file: EXEC,
      find: '(spawnedInto ? [] : membershipFiles(cgroups)).map(',
      replace: '(spawnedInto ? [] : membershipFiles(cgroups).slice(0, 1)).map(',
      requirements: ['EXEC-01'],
      cgroups: 'v1',
    },
    {
      name: 'exec-joins-no-group',
      file: EXEC,
      find: '(spawnedInto ? [] : membershipFiles(cgroups)).map(',
      replace: '(spawnedInto ? [] : membershipFiles(cgroups).slice(0, 0)).map(',
      requirements: ['EXEC-01'],
      cgroups: 'v1',
    },
    ...(['mount', 'network', 'uts', 'ipc', 'cgroup'] as const).map((kind) => ({
      name: `exec-does-not-join-the-${kind}-namespace`,
      file: EXEC,
      find: "type !== 'user' && type !== 'time'",
      replace: `type !== 'user' && type !== 'time' && type !== '${kind}'`,
      requirements: ['EXEC-01'] as const,
    })),
    {
      name: 'exec-does-not-join-the-pid-namespace',
      file: 'runtime/container/exec/exec.ts',
      find: "namespaces.includes('pid') ? target : -1",
      replace: "namespaces.includes('pid') ? -1 : -1",
      requirements: ['EXEC-01'],
    },
    {
      name: 'exec-without-filter',
      file: EXEC,
      find: '...confinement(process, context.seccomp, host),',
      replace: "...confinement(process, 'unconfined', host),",
      requirements: ['EXEC-01'],
    },
    {
      name: 'exec-without-no-new-privs',
      file: 'runtime/container/exec/exec-config.ts',
      find: '      noNewPrivileges,\n',
      replace: '      noNewPrivileges: !noNewPrivileges,\n',
      requirements: ['EXEC-01'],
    },
    {
      name: 'exec-with-capabilities-that-were-dropped',
      file: 'runtime/container/exec/exec-config.ts',
      find: '      capabilities,\n',
      replace: '',
      requirements: ['EXEC-01'],
    },
    {
      name: 'exec-as-root',
      file: 'runtime/container/exec/exec-config.ts',
      find: '...(own ? { user: head.user } : {}),',
      replace: '',
      requirements: ['EXEC-01', 'CLI-07'],
    },
    {
      name: 'exec-without-the-limit-of-open-files',
      file: 'runtime/container/exec/exec-config.ts',
      find: '      rlimits,\n',
      replace: '',
      requirements: ['CLI-07'],
    },
    {
      name: 'exec-in-the-root-directory',
      file: 'runtime/container/exec/exec-config.ts',
      find: '{ workdir = head.cwd, terminal }',
      replace: "{ workdir = '/', terminal }",
      requirements: ['CLI-07'],
    },
    {
      name: 'exec-without-the-containers-variables',
      file: 'runtime/container/exec/exec-config.ts',
      find: 'env: [...inherited, ...env],',
      replace: 'env,',
      requirements: ['CLI-07'],
    },
    {
      name: 'exec-without-the-callers-variables',
      file: 'runtime/container/exec/exec-config.ts',
      find: 'env: [...inherited, ...env],',
      replace: 'env: inherited,',
      requirements: ['CLI-07'],
    },
    {
      name: 'exec-kills-not-counted',
      file: 'runtime/container/exec/exec.ts',
      find: '...oomKilled(oomKills(head.cgroups), killsBefore),',
      replace: '',
      requirements: ['LIM-07'],
    },
  ],
};
