// Every step of a plan made to fail, one after another, by the kernel itself: afterwards nothing of
// the container is there.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HostError, KernelOpError } from '../../base/errors.ts';
import { ClaimTaken } from '../../execute/journal/claim.ts';
import { setUp } from '../../network/link.ts';
import { planRows } from '../../plan/describe.ts';
import type { ExecOp, HostOp, InsideOp, LinkOp, Plan, SpawnOp } from '../../plan/operations.ts';
import { createContainer, listContainers, openContainer, run } from '../container.ts';
import { perform } from '../create/create.ts';
import { hostFacts, planFor } from '../create/prepare.ts';
import { remainsOf } from './remains.fixture.ts';

const ROOTFS = join(import.meta.dirname, '../../../fixtures/rootfs/out/default');
const NOWHERE = '/no/such/place';

/** The same operation with something that the kernel cannot do. */
function impossibleHost(op: HostOp): HostOp {
  switch (op.kind) {
    case 'claim':
      return { ...op, path: '/dev/null/claim' };
    case 'write':
      return { ...op, value: 'nonsense' };
    case 'leaf':
      return { ...op, leaf: `${NOWHERE}/terrarium` };
    default:
      return { ...op, path: `${NOWHERE}/terrarium-x` };
  }
}

/** A namespace of another kind than the one to be joined. */
const impossibleSpawn = (op: SpawnOp): SpawnOp => ({ ...op, joinPid: '/proc/self/ns/uts' });

/** Longer than IFNAMSIZ. */
const impossibleLink = (op: LinkOp): LinkOp => ({ ...op, name: 'a-name-that-is-too-long' });

const impossibleExec = (op: ExecOp): ExecOp => ({ ...op, candidates: [`${NOWHERE}/program`] });

/**
 * Where an operation has nothing that could be wrong, another one that fails stands in its place.
 */
function impossibleInside(op: InsideOp): InsideOp {
  const target = { path: `${NOWHERE}/below` };
  switch (op.kind) {
    case 'join_cgroup':
      return { ...op, tasks: `${NOWHERE}/tasks` };
    case 'root':
      return { ...op, source: NOWHERE };
    case 'bind':
      // Without a source that may be missing there is nothing to mount.
      return { ...op, source: NOWHERE, target: { ...op.target, optional: false } };
    case 'mount':
      return { ...op, fstype: 'nosuchfs' };
    case 'mkdir':
    case 'mknod':
    case 'symlink':
    case 'mask':
    case 'readonly':
      return { ...op, target };
    case 'sethostname':
      return { ...op, name: 'h'.repeat(65) };
    case 'netlink':
      return { ...op, message: setUp({ index: 4711 }) };
    case 'capset':
      return { ...op, effective: ~0n, permitted: 0n };
    default:
      return { kind: 'chdir', path: NOWHERE };
  }
}

/** The plan whose step at `index` (from 0) cannot be done. */
function broken(plan: Plan, index: number): Plan {
  const at = <Op>(ops: readonly Op[], from: number, impossible: (op: Op) => Op) =>
    ops.map((op, offset) => (from + offset === index ? impossible(op) : op));
  const spawn = plan.host.length;
  const inside = spawn + 1 + plan.link.length;
  return {
    ...plan,
    host: at(plan.host, 0, impossibleHost),
    spawn: index === spawn ? impossibleSpawn(plan.spawn) : plan.spawn,
    link: at(plan.link, spawn + 1, impossibleLink),
    inside: at(plan.inside, inside, impossibleInside),
    exec: index === inside + plan.inside.length ? impossibleExec(plan.exec) : plan.exec,
  };
}

const SETTINGS = {
  rootfs: ROOTFS,
  hostname: 'box',
  memory: '64m',
  cpus: 0.5,
  pidsLimit: 20,
  cpusetCpus: hostFacts().cpuList,
  volumes: ['/usr:/mnt:ro'],
  tmpfs: ['/srv'],
  readOnly: true,
  command: ['/bin/true'],
} as const;

describe.skipIf(hostFacts().euid !== 0)('a plan whose step fails (needs root)', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'terrarium-faults-'));
  beforeAll(async () => {
    process.env.TERRARIUM_STATE = scratch;
    // What the addon opens once and keeps is open from here on.
    await run({ ...SETTINGS, id, stdio: 'ignore' });
  });
  afterAll(() => {
    delete process.env.TERRARIUM_STATE;
    rmSync(scratch, { recursive: true });
  });
  const id = `faults-${randomBytes(3).toString('hex')}`;
  const kinds = {
    attached: {},
    detached: { detach: true },
    'with a terminal': { terminal: true },
  } as const;

  describe.each(Object.entries(kinds))('%s', (_name, kind) => {
    const count = planRows(planFor({ ...SETTINGS, ...kind, id }).plan).length;
    // One test for all steps: a failure names the step that left something, and what.
    it('leaves nothing, whichever step it is, and says which', async () => {
      const descriptors = readdirSync('/proc/self/fd').length;
      for (let index = 0; index < count; index++) {
        const prepared = planFor({ ...SETTINGS, ...kind, id });
        const step = planRows(prepared.plan)[index];
        const plan = broken(prepared.plan, index);
        const error = await perform({ ...prepared, plan }, 'ignore', { awaitStart: false }).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        const place = `${step?.phase} ${step?.operation.kind} (${index})`;
        // These are files of the state directory: what is wrong with them is said of that.
        const said =
          error instanceof KernelOpError
            ? error.fields
            : error instanceof HostError
              ? { missing: error.missing }
              : error;
        const expected =
          step?.operation.kind === 'claim' || step?.operation.kind === 'file'
            ? { missing: 'state directory' }
            : { step: index + 1, phase: step?.phase };
        expect(said, place).toMatchObject(expected);
        expect(error, place).toMatchObject({ cleanupErrors: [] });
        await expect
          .poll(() => remainsOf(id), { message: place, interval: 5, timeout: 5000 })
          .toEqual([]);
      }
      // Fewer when a test before this one in the same process has let go of its own by now.
      await expect
        .poll(() => readdirSync('/proc/self/fd').length, { interval: 10 })
        .toBeLessThanOrEqual(descriptors);
      expect(listContainers()).toEqual([]);
    });
  });

  // The kernel gives up setting a memory limit when a signal comes; without a second try a third of
  // these fail.
  it('starts containers while signals rain on it', async () => {
    const ignored = () => {};
    process.on('SIGUSR2', ignored);
    const rain = spawn('sh', ['-c', `while kill -USR2 ${process.pid}; do :; done`], {
      stdio: 'ignore',
    });
    try {
      for (let count = 0; count < 20; count++)
        await expect(run({ ...SETTINGS, id, stdio: 'ignore' })).resolves.toMatchObject({
          exitCode: 0,
        });
    } finally {
      rain.kill();
      await once(rain, 'close');
      process.off('SIGUSR2', ignored);
    }
  });

  it('leaves a group of that name alone when it is not ours', async () => {
    const theirs = await createContainer({
      ...SETTINGS,
      id,
      stdio: 'ignore',
      command: ['/bin/sleep', '60'],
    });
    try {
      const groups = remainsOf(id).filter((path) => path.startsWith('/sys/fs/cgroup'));
      process.env.TERRARIUM_STATE = join(scratch, 'another');
      await expect(createContainer({ ...SETTINGS, id, stdio: 'ignore' })).rejects.toThrow('EEXIST');
      expect(readdirSync(join(scratch, 'another')).filter((name) => !name.startsWith('.'))).toEqual(
        [],
      );
      process.env.TERRARIUM_STATE = scratch;
      expect(remainsOf(id).filter((path) => path.startsWith('/sys/fs/cgroup'))).toEqual(groups);
      expect(theirs.state().status).toBe('running');
    } finally {
      process.env.TERRARIUM_STATE = scratch;
      await theirs.delete({ force: true });
    }
    await expect.poll(() => remainsOf(id), { interval: 5 }).toEqual([]);
  });

  it('leaves an address alone that another has, and the id of another', async () => {
    await using theirs = await createContainer({
      ...SETTINGS,
      id,
      stdio: 'ignore',
      command: ['/bin/sleep', '60'],
    });
    const address = theirs.state().address;
    await expect(
      createContainer({ ...SETTINGS, id: `${id}-b`, ip: address, stdio: 'ignore' }),
    ).rejects.toThrow(ClaimTaken);
    expect(remainsOf(`${id}-b`)).toEqual([]);
    await expect(createContainer({ ...SETTINGS, id, stdio: 'ignore' })).rejects.toThrow(
      'exists already',
    );
    expect(theirs.state()).toMatchObject({ status: 'running', address });
    expect((await openContainer(id)).pid).toBe(theirs.pid);
  });

  it('says that the init was killed, should something kill it on the way', async () => {
    const prepared = planFor({ ...SETTINGS, id, network: 'none' });
    const { inside } = prepared.plan;
    const half: InsideOp[] = [
      ...inside.slice(0, -2),
      { kind: 'await', what: 'start' },
      ...inside.slice(-2),
    ];
    const performing = perform(
      { ...prepared, plan: { ...prepared.plan, inside: half } },
      'ignore',
      { awaitStart: false },
    );
    const refused = expect(performing).rejects.toThrow(
      'the init ended by signal 9 before the command could be executed',
    );
    await expect.poll(() => listContainers()[0]?.pid ?? 0, { interval: 5 }).toBeGreaterThan(0);
    process.kill(listContainers()[0]?.pid ?? 0, 'SIGKILL');
    await refused;
    await expect.poll(() => remainsOf(id), { interval: 5 }).toEqual([]);
  });

  it('tells who starts it later that its command cannot be executed', async () => {
    await using container = await createContainer({
      ...SETTINGS,
      id,
      start: false,
      stdio: 'ignore',
      command: ['/no/such/command'],
    });
    expect(container.state().status).toBe('created');
    await expect(container.start()).rejects.toThrow('ENOENT');
    await container.wait();
    expect(container.state().status).toBe('stopped');
  });

  it('does not stumble over a file in the place of its state directory', () => {
    const file = join(scratch, 'file');
    writeFileSync(file, '');
    process.env.TERRARIUM_STATE = file;
    return expect(createContainer({ ...SETTINGS, id, stdio: 'ignore' }))
      .rejects.toMatchObject({ name: 'HostError', missing: 'state directory' })
      .finally(() => {
        process.env.TERRARIUM_STATE = scratch;
        expect(readFileSync(file, 'utf8')).toBe('');
        rmSync(file);
      });
  });
});
