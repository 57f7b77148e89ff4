// Planning, as properties that hold for any options on any kind of host: nothing is touched,
// nothing is left to chance, everything can be undone.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostError } from '../base/errors.ts';
import { CAPABILITIES } from '../config/capabilities.ts';
import { EXAMPLE_HOST } from '../config/example-host.ts';
import type { CgroupLayout, HostFacts, Placement } from '../host/facts.ts';
import { SLOTS } from '../network/addresses.ts';
import { configFrom } from '../options/config-from.ts';
import type { RunOptions } from '../options/index.ts';
import { describePlan, operationText, planRows } from './describe.ts';
import type { InsideOp, Operation } from './operations.ts';
import { type PlanContext, type Planned, plan } from './plan.ts';

const AT = '/sys/fs/cgroup';
const HIERARCHIES = {
  memory: `${AT}/memory`,
  cpu: `${AT}/cpu,cpuacct`,
  cpuacct: `${AT}/cpu,cpuacct`,
  cpuset: `${AT}/cpuset`,
  pids: `${AT}/pids`,
  devices: `${AT}/devices`,
};
const V2 = ['cpuset', 'cpu', 'io', 'memory', 'pids'];

const V2_LAYOUT: CgroupLayout = {
  ...{ mode: 'v2', root: AT, controllers: V2, enabled: ['memory'], swapAccounting: true },
};
const UNIT: Placement & { readonly kind: 'unit' } = {
  ...{ kind: 'unit', unit: 'web.service', group: `${AT}/system.slice/web.service` },
};

const layouts: readonly CgroupLayout[] = [
  { mode: 'v1', hierarchies: HIERARCHIES, swapAccounting: true },
  { mode: 'hybrid', hierarchies: HIERARCHIES, unified: `${AT}/unified`, swapAccounting: false },
  V2_LAYOUT,
  {
    ...V2_LAYOUT,
    placement: {
      kind: 'scope',
      slice: 'user-1000.slice',
      directory: `${AT}/user.slice/user-1000.slice`,
      name: 'terrarium.7.scope',
    },
  },
  { ...V2_LAYOUT, placement: { ...UNIT, leaf: `${UNIT.group}/terrarium` } },
  { ...V2_LAYOUT, placement: UNIT },
  { mode: 'none', reason: 'no cgroup file system is mounted' },
];

const features = [
  undefined,
  [],
  ['mount_namespace'],
  ['mount_namespace', 'clone_autokill'],
] as const;
const hosts = fc.constantFrom(
  ...layouts.flatMap((cgroup) =>
    features.map(
      (each): HostFacts => ({ ...EXAMPLE_HOST, cgroup, ...(each ? { features: each } : {}) }),
    ),
  ),
);
const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
/** Below directories of no other container, each once. */
const places = fc
  .uniqueArray(name, { maxLength: 3 })
  .map((names) => names.map((each) => `/${each}`));
const joinable = fc.constantFrom('host' as const, 'ns:/run/n/a' as const, 'ns:/run/n/b' as const);

const options: fc.Arbitrary<RunOptions> = fc
  .record(
    {
      memory: fc.integer({ min: 2 ** 21, max: 2 ** 33 }),
      cpus: fc.double({ min: 0.01, max: 2, noNaN: true }),
      cpuShares: fc.integer({ min: 2, max: 262_144 }),
      cpusetCpus: fc.constantFrom('0', '1', '0-1'),
      pidsLimit: fc.integer({ min: -1, max: 2 ** 22 }),
      network: fc.constantFrom(
        'veth' as const,
        'none' as const,
        'host' as const,
        'ns:/run/netns/x' as const,
      ),
      pid: joinable,
      ipc: joinable,
      cgroupNs: joinable,
      uts: fc.constant('ns:/run/n/u' as const),
      mountNs: fc.constant('ns:/run/n/m' as const),
      volumes: places.map((names) => names.map((each) => `/srv${each}:/v${each}:ro`)),
      tmpfs: places.map((names) => names.map((each) => `/t${each}:size=1m`)),
      readOnly: fc.boolean(),
      init: fc.boolean(),
      user: fc.nat().map(String),
      workdir: fc.constantFrom('/', '/srv', '/a/b'),
      command: fc.array(
        fc.string({ minLength: 1 }).filter((word) => !word.includes('\0')),
        { minLength: 1, maxLength: 3 },
      ),
      capAdd: fc.subarray([...CAPABILITIES]),
      capDrop: fc.subarray([...CAPABILITIES]),
      securityOpt: fc.subarray([
        'seccomp=unconfined',
        'no-new-privileges=false',
        'systempaths=unconfined',
      ]),
      detach: fc.boolean(),
      terminal: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  .map((given) => ({
    rootfs: '/srv/rootfs',
    hostname: 'box',
    ...given,
    // What would be refused for contradicting itself.
    capDrop: (given.capDrop ?? []).filter((capability) => !given.capAdd?.includes(capability)),
    terminal: given.terminal === true && given.detach !== true,
  }));

const contexts = fc.record({ slot: fc.nat({ max: SLOTS - 1 }), awaitStart: fc.boolean() });

/** Plans, where this host can do what is asked. Its limits are refused by HostError alone. */
function planned(
  given: RunOptions,
  host: HostFacts,
  { slot, awaitStart }: { slot: number; awaitStart: boolean },
): Planned | undefined {
  const config = configFrom(given, host, { id: 'c1' });
  const terminal = config.process.terminal ? { columns: 80, rows: 24 } : undefined;
  const context: PlanContext = {
    stateRoot: '/run/terrarium',
    slot: () => slot,
    terminal,
    awaitStart,
    hostsOfHost: () => '127.0.0.1 localhost\n',
  };
  const before = structuredClone(config);
  try {
    const first = plan(config, host, context);
    expect(config).toEqual(before);
    expect(plan(structuredClone(config), structuredClone(host), context)).toEqual(first);
    return first;
  } catch (error) {
    expect(error).toBeInstanceOf(HostError);
    return undefined;
  }
}

/** For every plan of any options on any host. */
function holds(property: (made: Planned, given: RunOptions, host: HostFacts) => void): void {
  fc.assert(
    fc.property(options, hosts, contexts, (given, host, context) => {
      const made = planned(given, host, context);
      if (made) property(made, given, host);
    }),
    { numRuns: 150 },
  );
}

const kindsOf = (operations: readonly Operation[]) => operations.map(({ kind }) => kind);

describe('a plan', () => {
  it('depends on nothing but its arguments, and changes none of them', () => {
    let plans = 0;
    holds(() => plans++);
    expect(plans).toBeGreaterThan(50);
  });

  it('is plain data, which says the same after a journey through JSON', () => {
    holds(({ plan: made }) => {
      expect(structuredClone(made)).toEqual(made);
      expect(JSON.parse(describePlan(made, 'json'))).toMatchObject({
        version: 2,
        id: 'c1',
        host: made.host,
        link: made.link,
        exec: made.exec,
      });
    });
  });

  it('undoes whatever it creates outside of the container, by names that carry the id', () => {
    const undoOf = {
      ...{ claim: 'unclaim', mkcgroup: 'rmcgroup', veth: 'rmlink', scope: 'stopunit' },
    } as const;
    holds(({ plan: made }) => {
      for (const op of [...made.host, ...made.link]) {
        if (!('undo' in op) || op.undo === undefined) continue;
        expect(op.undo.kind).toBe(undoOf[op.kind]);
        if (op.undo.kind === 'stopunit') expect(op).toMatchObject({ name: 'terrarium-c1.scope' });
        if (op.undo.kind === 'rmlink') expect(op).toMatchObject({ name: op.undo.name });
        else expect(op).toMatchObject({ path: op.undo.path });
        if (op.kind === 'mkcgroup') expect(op.path).toMatch(/\/terrarium-c1$/);
        if (op.undo.kind === 'unclaim') expect(op.undo.holder).toBe('c1');
      }
    });
  });

  it('writes only into groups that it has made before, but for what v2 passes on', () => {
    holds(({ plan: made }) => {
      const groups: string[] = [];
      for (const op of made.host) {
        if (op.kind === 'mkcgroup') groups.push(op.path);
        if (op.kind !== 'write' || op.path.endsWith('/cgroup.subtree_control')) continue;
        expect(groups).toContain(op.path.slice(0, op.path.lastIndexOf('/')));
      }
    });
  });

  it('names absolute paths without a way up, inside and outside', () => {
    const paths = (op: Operation): (string | undefined)[] => [
      'target' in op ? op.target.path : undefined,
      'path' in op ? op.path : undefined,
      'source' in op ? op.source : undefined,
      'tasks' in op ? op.tasks : undefined,
      ...('cgroup' in op ? [op.cgroup] : []),
      ...('joinPid' in op ? [op.joinPid] : []),
    ];
    holds(({ plan: made }) => {
      for (const { operation } of planRows(made)) {
        for (const path of paths(operation)) {
          if (path === undefined) continue;
          expect(path).toMatch(/^\//);
          expect(path.split('/')).not.toContain('..');
        }
      }
    });
  });

  it('keeps the order that keeps the container in', () => {
    holds(({ plan: made }) => {
      const kinds = kindsOf(made.inside);
      const at = (kind: InsideOp['kind']) => kinds.indexOf(kind);
      const enters = (kind: Operation['kind']) =>
        kind === 'pivot_root' || kind === 'mount_namespace';
      const pivot = kinds.findIndex(enters);
      expect(kinds.filter(enters)).toHaveLength(1);
      // Mounts before the pivot, confinement after it, and the identity before what it must not
      // undo.
      for (const kind of ['root', 'mount', 'bind', 'mknod', 'mask'] as const)
        expect(kinds.lastIndexOf(kind)).toBeLessThan(pivot);
      for (const kind of ['bounding', 'user', 'capset'] as const)
        expect(at(kind)).toBeGreaterThan(pivot);
      expect(at('bounding')).toBeLessThan(at('user'));
      expect(at('user')).toBeLessThan(at('capset'));
      // In its groups before the cgroup namespace is made of them.
      if (at('unshare') >= 0) expect(kinds.lastIndexOf('join_cgroup')).toBeLessThan(at('unshare'));
      if (at('pdeathsig') >= 0) expect(at('pdeathsig')).toBeGreaterThan(at('capset'));
      const after = at('no_new_privs') < 0 ? [] : kinds.slice(at('no_new_privs'));
      expect(after.filter((kind) => kind === 'capset' || kind === 'user')).toEqual([]);
    });
  });

  it("makes the mount namespace of the root alone where the kernel can, else of the host's", () => {
    const kindsWith = new Set<string>();
    holds(({ plan: made }, given, { features: has }) => {
      const kinds = kindsOf(made.inside);
      const alone = has?.includes('mount_namespace') === true && given.mountNs === undefined;
      kindsWith.add(`${alone} ${given.mountNs === undefined}`);
      expect(kinds.includes('mount_namespace')).toBe(alone);
      expect(kinds.includes('pivot_root')).toBe(!alone);
      expect(kinds.includes('propagation')).toBe(!alone);
      expect(made.spawn.flags.includes('newns')).toBe(!alone && given.mountNs === undefined);
      expect(made.inside.find((op) => op.kind === 'root')?.detached).toBe(alone || undefined);
      // What it opens has a path then.
      if (kinds.includes('pty'))
        expect(kinds.indexOf('pty')).toBeGreaterThan(kinds.indexOf('mount_namespace'));
    });
    expect(kindsWith).toEqual(new Set(['true true', 'false true', 'false false']));
  });

  it('ties a container to its runtime by its pidfd, where the kernel can and its group counts', () => {
    const seen = new Set<string>();
    holds(({ plan: { spawn, inside } }, given, { features: has }) => {
      const kinds = kindsOf(inside);
      const can = has?.some((feature) => feature === 'clone_autokill') === true;
      const tied = can && given.detach !== true && spawn.cgroup !== undefined;
      seen.add(`${can} ${tied}`);
      expect(spawn.flags.includes('pidfd_autokill')).toBe(tied);
      expect(spawn.flags.includes('autoreap')).toBe(tied);
      // Set once, at the clone or by prctl(2); and the death signal in any case.
      const confined = !given.securityOpt?.includes('no-new-privileges=false');
      expect(spawn.flags.includes('nnp')).toBe(can && confined);
      expect(kinds.includes('no_new_privs')).toBe(!can && confined);
      expect(kinds.includes('pdeathsig')).toBe(given.detach !== true);
    });
    expect(seen).toEqual(new Set(['false false', 'true false', 'true true']));
  });

  it("keeps the host's mount table where setns(2) would be refused", () => {
    const host: HostFacts = {
      ...EXAMPLE_HOST,
      ...{ features: ['mount_namespace'], capabilities: EXAMPLE_HOST.capabilities & ~(1n << 18n) },
    };
    const made = planned({ rootfs: '/r', hostname: 'h' }, host, { slot: 0, awaitStart: false });
    expect(made?.plan.spawn.flags).toContain('newns');
  });

  it('asks for what was asked for', () => {
    holds(({ plan: made }, given, host) => {
      const kinds = kindsOf([...made.link, ...made.inside]);
      expect(kinds.includes('veth')).toBe((given.network ?? 'veth') === 'veth');
      expect(kinds.includes('seccomp')).toBe(!given.securityOpt?.includes('seccomp=unconfined'));
      expect(made.inside.filter((op) => op.kind === 'root')).toMatchObject([
        {
          attributes: given.readOnly
            ? expect.arrayContaining(['rdonly'])
            : expect.not.arrayContaining(['rdonly']),
        },
      ]);
      expect(kinds.includes('pty')).toBe(given.terminal === true);
      expect(kinds.includes('pdeathsig')).toBe(given.detach !== true);
      expect(made.exec).toMatchObject({
        args: given.command ?? ['/bin/sh'],
        stayAsInit: given.init === true,
      });
      if (given.memory !== undefined) expect(host.cgroup.mode).not.toBe('none');
    });
  });

  it('can be read, each step in a line', () => {
    holds(({ plan: made }) => {
      const rows = planRows(made);
      for (const [index, row] of rows.entries()) {
        expect(row.index).toBe(index);
        expect(operationText(row.operation)).not.toBe('');
      }
      expect(rows.at(-1)?.operation.kind).toBe('execve');
    });
  });
});
