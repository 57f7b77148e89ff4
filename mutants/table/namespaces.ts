// Namespaces that are not created or not joined.
import type { Area, Mutant } from './table.ts';

const PLAN = 'runtime/plan/plan.ts';

/** Leaves one flag of the clone out, without other changes of the plan. */
function withoutFlag(
  flag: string,
  first: Mutant['requirements'][0],
  ...more: Mutant['requirements']
): Mutant {
  return {
    name: `clone-without-${flag}`,
    file: PLAN,
    find: "created.filter((flag) => flag !== 'newcgroup'",
    replace: `created.filter((flag) => flag !== 'newcgroup' && flag !== '${flag}'`,
    requirements: [first, ...more],
    core: true,
  };
}

export const namespaces: Area = {
  title: 'Namespaces',
  mutants: [
    withoutFlag('newns', 'NS-02', 'ROOT-03'),
    withoutFlag('newpid', 'NS-03', 'PS-01'),
    withoutFlag('newnet', 'NS-01', 'NET-01'),
    withoutFlag('newuts', 'NS-04', 'HOST-02'),
    withoutFlag('newipc', 'NS-05', 'MULTI-04'),
    {
      name: 'cgroup-namespace-not-made',
      file: PLAN,
      find: "? [{ kind: 'unshare', flags: ['newcgroup'] }]",
      replace: '? []',
      requirements: ['NS-06'],
    },
    {
      name: 'mounts-stay-shared-with-the-host',
      file: PLAN,
      find: "[{ kind: 'propagation', to: 'private' }]",
      replace: '[]',
      requirements: ['ROOT-03'],
    },
    {
      name: 'network-namespace-passed-is-not-joined',
      file: PLAN,
      find: "path !== undefined && type !== 'pid'",
      replace: "path !== undefined && type !== 'pid' && type !== 'network'",
      requirements: ['NS-07'],
      core: true,
    },
    {
      name: 'uts-namespace-passed-is-not-joined',
      file: PLAN,
      find: "path !== undefined && type !== 'pid'",
      replace: "path !== undefined && type !== 'pid' && type !== 'uts'",
      requirements: ['NS-07'],
      core: true,
    },
    {
      name: 'pid-namespace-passed-is-not-joined',
      file: PLAN,
      find: '...(joinPid === undefined ? {} : { joinPid }),',
      replace: '',
      requirements: ['NS-07'],
      core: true,
    },
    {
      name: 'hostname-not-set',
      file: PLAN,
      find: "...(has('uts') ? [{ kind: 'sethostname' as const, name: config.hostname }] : []),",
      replace: '',
      requirements: ['HOST-01'],
      core: true,
    },
  ],
};
