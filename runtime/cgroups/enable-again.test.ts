// Controllers of v2 that are switched off between two starts of one process. The decision by
// examples; on a host with v2 controllers the whole, as systemd does it.
import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Container, createContainer, createPool, type Pool } from '../container/container.ts';
import { hostFacts } from '../container/create/prepare.ts';
import type { HostOp } from '../plan/operations.ts';
import { parentGroup } from './directories.ts';
import { enableAgain, isLimit } from './enable-again.ts';

const LIMIT: HostOp = { kind: 'write', path: '/x/memory.max', value: '4096', readBack: '4096' };
const CPUS: HostOp = { kind: 'write', path: '/x/cpuset.cpus', value: '0', readBack: '0' };

describe('a limit whose file is missing', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'enable-again-'));
    writeFileSync(join(root, 'cgroup.subtree_control'), '');
    writeFileSync(join(root, 'cgroup.controllers'), 'cpuset cpu io memory pids\n');
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const layout = () => ({
    mode: 'v2' as const,
    root,
    controllers: ['cpuset', 'cpu', 'memory', 'pids'],
    enabled: ['cpu', 'memory', 'pids'],
    swapAccounting: true,
  });
  const cgroups = () => ({
    mode: 'v2' as const,
    cpuset: false,
    directories: [{ controllers: ['unified' as const], root, path: join(root, 'terrarium-x') }],
  });
  const written = () => readFileSync(join(root, 'cgroup.subtree_control'), 'utf8');

  it('has its controllers passed on again, whatever the facts say', () => {
    expect(enableAgain(LIMIT, [LIMIT], layout(), cgroups())).toBe(true);
    expect(written()).toBe('+memory +cpu +pids');
    expect(enableAgain(LIMIT, [LIMIT, CPUS], layout(), cgroups())).toBe(true);
    expect(written()).toBe('+memory +cpu +pids +cpuset');
  });

  it('is left at that on v1, and when it is no limit', () => {
    const v1 = { mode: 'v1', hierarchies: { memory: root }, swapAccounting: true } as const;
    writeFileSync(join(root, 'cgroup.subtree_control'), '');
    expect(enableAgain(LIMIT, [LIMIT], v1, { ...cgroups(), mode: 'v1' })).toBe(false);
    const device: HostOp = { kind: 'write', path: '/x/devices.deny', value: 'a' };
    expect(isLimit(device)).toBe(false);
    expect(enableAgain(device, [device], layout(), cgroups())).toBe(false);
    expect(written()).toBe('');
  });

  it('is left at that when the kernel does not take them', () => {
    unlinkSync(join(root, 'cgroup.subtree_control'));
    expect(enableAgain(LIMIT, [LIMIT], layout(), cgroups())).toBe(false);
  });
});

const { cgroup: layout, euid } = hostFacts();

describe.runIf(layout.mode === 'v2' && euid === 0)('with controllers on v2', () => {
  const root = layout.mode === 'v2' ? parentGroup(layout, '', false) : '';
  const options = {
    rootfs: join(import.meta.dirname, '../../fixtures/rootfs/out/default'),
    hostname: 'box',
    network: 'none',
    memory: '64m',
    pidsLimit: 20,
    stdio: 'ignore',
  } as const;

  /** As systemd does when no unit needs them. Both are there before, or this proves nothing. */
  function switchOff(): void {
    const file = join(root, 'cgroup.subtree_control');
    expect(readFileSync(file, 'utf8')).toMatch(/memory.*pids/);
    writeFileSync(file, '-memory -pids');
  }

  const limits = ({ id }: { readonly id: string }) =>
    ['memory.max', 'pids.max'].map((file) =>
      readFileSync(join(root, `terrarium-${id}`, file), 'utf8').trim(),
    );
  const HELD = [String(64 << 20), '20'];

  it('a later start has its limits', async () => {
    await using first: Container = await createContainer({
      ...options,
      command: ['sleep', '60'],
    });
    expect(limits(first)).toEqual(HELD);
    switchOff();
    await using later = await createContainer({ ...options, command: ['sleep', '60'] });
    expect(limits(later)).toEqual(HELD);
  });

  it('a container that was prepared before has its limits when it starts', async () => {
    await using container = await createContainer({
      ...options,
      start: false,
      command: ['sleep', '60'],
    });
    switchOff();
    await container.start();
    expect(limits(container)).toEqual(HELD);
  });

  it('so it has after an update, and the updated ones; what others change is said', async () => {
    await using container = await createContainer({
      ...options,
      start: false,
      command: ['sleep', '60'],
    });
    container.update({ pidsLimit: 30 });
    switchOff();
    const limit = (file: string, given: string) => ({ file, given, now: undefined });
    expect(container.state().lostLimits).toEqual([
      limit('memory.max', HELD[0] ?? ''),
      limit('memory.swap.max', '0'),
      limit('pids.max', '30'),
    ]);
    await container.start();
    expect(limits(container)).toEqual([HELD[0], '30']);
    expect(container.state().lostLimits).toBeUndefined();
    switchOff();
    container.update({ pidsLimit: 40 });
    expect(limits(container)).toEqual(['max', '40']);
    expect(container.state().lostLimits).toEqual([
      { file: 'memory.max', given: HELD[0], now: 'max' },
      { file: 'memory.swap.max', given: '0', now: 'max' },
    ]);
    container.update({ memoryLimitBytes: 64 << 20 });
    expect(container.state().lostLimits).toBeUndefined();
  });

  it('a prepared container of a pool has them, too', async () => {
    const groups = () => readdirSync(root).filter((name) => name.startsWith('terrarium-'));
    const before = groups();
    await using pool: Pool = await createPool({ ...options, size: 1 });
    const [own = ''] = groups().filter((name) => !before.includes(name));
    switchOff();
    // The other start switches them on again: the prepared one's are there, and say max.
    await using _: Container = await createContainer({ ...options, command: ['sleep', '60'] });
    const id = own.replace('terrarium-', '');
    expect(limits({ id })).toEqual(['max', 'max']);
    const running = pool.run({ command: ['sleep', '1'] });
    await expect.poll(() => limits({ id }), { interval: 5 }).toEqual(HELD);
    await running;
  });
});
