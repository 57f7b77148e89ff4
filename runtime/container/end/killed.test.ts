// kill -9 of a runtime at every step of its plan: the container goes with it, and garbage
// collection takes back the rest.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { performUndo } from '../../execute/operations/undo.ts';
import { alive, identityOf } from '../../host/process/process.ts';
import { ownWorld } from '../../host/process/world.ts';
import { planRows } from '../../plan/describe.ts';
import { collectGarbage, createContainer, listContainers, openContainer } from '../container.ts';
import { hostFacts, planFor } from '../create/prepare.ts';
import { remainsOf } from './remains.fixture.ts';

const ROOTFS = join(import.meta.dirname, '../../../fixtures/rootfs/out/default');
const VICTIM = fileURLToPath(new URL('./dies.fixture.ts', import.meta.url));
/** As the launcher has it: sources are parsed once. */
const CACHE = join(import.meta.dirname, '../../../build/cache');
/** Other runs have containers of their own. */
const RUN = randomBytes(3).toString('hex');
const AT_ONCE = 3;
/**
 * Dies at some steps and at the first of each phase, since each death starts Node; continuous
 * integration dies at all of them. Detached containers leave the same, and the watcher's end is
 * checked.
 */
const STRIDE = {
  attached: process.env.CI === 'true' ? 1 : 4,
  detached: process.env.CI === 'true' ? 4 : 8,
};

const SETTINGS = {
  rootfs: ROOTFS,
  hostname: 'box',
  memory: '64m',
  cpus: 0.5,
  pidsLimit: 20,
  cpusetCpus: hostFacts().cpuList,
  command: ['/bin/sleep', '60'],
};

interface Death {
  readonly id: string;
  readonly phase: string;
  readonly step: number;
  readonly detach: boolean;
}

/**
 * Each step of the plan; of several of a kind in a row, as the rules for devices are, the first.
 * Before all of `inside` it has just been spawned.
 */
function deaths(detach: boolean): Death[] {
  const rows = planRows(planFor({ ...SETTINGS, id: 'any', detach }).plan);
  const steps = rows.flatMap(({ phase, operation, index }) => {
    const step = index - rows.findIndex((row) => row.phase === phase);
    const before = step === 0 ? undefined : rows[index - 1]?.operation.kind;
    return operation.kind === before || (phase === 'inside' && step === 0) ? [] : [{ phase, step }];
  });
  return [{ phase: 'spawned', step: 0 }, ...steps].map(({ phase, step }) => ({
    id: `dies-${RUN}-${phase}-${step}${detach ? '-d' : ''}`,
    ...{ phase, step, detach },
  }));
}

interface End {
  readonly signal: string | null;
  /** What the victim wrote to standard error: nothing, unless it failed before its time. */
  readonly said: string;
}

/** Resolves once every process of the container has ended: each was given this pipe. */
async function endOf({ id, phase, step, detach }: Death): Promise<End> {
  const options = JSON.stringify({ ...SETTINGS, id, detach });
  const child = spawn(process.execPath, [VICTIM, options, phase, String(step)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: CACHE },
  });
  child.stdout.resume();
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [, signal] = await once(child, 'close');
  return { signal, said };
}

const KILLED: End = { signal: 'SIGKILL', said: '' };

describe.skipIf(hostFacts().euid !== 0)('a runtime that is killed (needs root)', () => {
  let scratch = '';
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'terrarium-killed-'));
    process.env.TERRARIUM_STATE = scratch;
  });
  afterEach(async () => {
    // Also after a failure, which then is this test's alone: without the journals nothing would
    // know what there was.
    for (const { id } of listContainers()) await (await openContainer(id)).delete({ force: true });
    delete process.env.TERRARIUM_STATE;
    rmSync(scratch, { recursive: true });
  });
  const left = () => readdirSync(scratch).filter((name) => name !== '.net');

  it.each([
    ['in the foreground', false],
    ['detached, before it had started', true],
  ])(
    'leaves what is undone from its journal, wherever it died: a container %s',
    async (_name, detach) => {
      const victims = deaths(detach).filter(({ phase, step }, index) =>
        detach
          ? phase !== 'exec' && index % STRIDE.detached === 0
          : step === 0 || index % STRIDE.attached === 0,
      );
      const queue = victims.values();
      // All of them end before anything is judged: the state directory is this test's alone.
      const ends: [Death, End][] = [];
      const lane = async () => {
        for (const death of queue) ends.push([death, await endOf(death)]);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
      for (const [death, end] of ends) expect([death, end]).toEqual([death, KILLED]);
      // It did leave something, at every step: else this would show nothing. Only on v1, in the
      // foreground, nothing outlives it at the spawn yet.
      const early = ({ phase }: Death) =>
        phase === 'spawn' && !detach && hostFacts().cgroup.mode !== 'v2';
      const leavers = victims.filter((death) => !early(death));
      for (const { id } of leavers) expect(remainsOf(id)).not.toEqual([]);
      expect(listContainers().filter(({ abandoned }) => !abandoned)).toEqual([]);
      // A process gives up its descriptors a moment before it has ended.
      await expect
        .poll(() => listContainers().filter(({ pid }) => pid !== 0), { interval: 5, timeout: 5000 })
        .toEqual([]);

      const { undone } = await collectGarbage();
      expect(new Set(undone.map(({ id }) => id))).toEqual(new Set(leavers.map(({ id }) => id)));
      for (const { id } of victims)
        await expect
          .poll(() => remainsOf(id), { message: id, interval: 5, timeout: 5000 })
          .toEqual([]);
      expect(left()).toEqual([]);
      expect(await collectGarbage()).toEqual({ undone: [], left: [] });
    },
  );

  it('after its detached container has started leaves that alone', async () => {
    const id = `dies-${RUN}-on-its-own`;
    expect(await endOf({ id, phase: 'exec', step: 0, detach: true })).toEqual(KILLED);
    expect(await collectGarbage()).toEqual({ undone: [], left: [] });
    const [state] = listContainers();
    expect(state).toMatchObject({ id, status: 'running', abandoned: false });
    const identity = identityOf(state?.pid ?? 0);
    expect(identity && alive(identity)).toBe(true);
    await (await openContainer(id)).delete({ force: true });
    await expect.poll(() => remainsOf(id), { interval: 5 }).toEqual([]);
  });

  it('before its journal had a name leaves a draft, which goes; that of one that lives stays', async () => {
    const { pid = 0, startTime = '' } = identityOf(process.pid) ?? {};
    const { pidNamespace } = ownWorld();
    const names = [
      `.${pid}.${startTime}.${pidNamespace}.being-made`,
      // Numbers of another PID namespace say nothing here.
      '.4194304.1.4:1.made-elsewhere',
      `.${pid}.1.${pidNamespace}.pid-of-another-since`,
      `.4194304.1.${pidNamespace}.other`,
    ];
    for (const name of names) writeFileSync(join(scratch, name), '{"kind":"he');
    const { undone } = await collectGarbage();
    expect(undone.map(({ what }) => what).sort()).toEqual(
      names
        .slice(2)
        .map((name) => join(scratch, name))
        .sort(),
    );
    expect(left().sort()).toEqual(names.slice(0, 2).sort());
    for (const name of names.slice(0, 2)) rmSync(join(scratch, name));
  });

  it('is undone any number of times, by several at once, while others start', async () => {
    const death = { id: `dies-${RUN}-often`, phase: 'link', step: 0, detach: false };
    expect(await endOf(death)).toEqual(KILLED);
    const { plan } = planFor({ ...SETTINGS, id: death.id });
    const starts = Array.from({ length: 3 }, (_, index) =>
      createContainer({ ...SETTINGS, id: `${death.id}-${index}`, stdio: 'ignore' }),
    );
    await Promise.all([collectGarbage(), collectGarbage(), collectGarbage()]);
    const containers = await Promise.all(starts);
    await collectGarbage();
    expect(containers.map((container) => container.state().status)).toEqual([
      'running',
      'running',
      'running',
    ]);
    for (const container of containers) await container.delete({ force: true });
    const undos = [...plan.host, ...plan.link].flatMap((op) => ('undo' in op ? [op.undo] : []));
    for (const undo of [...undos, ...undos])
      await expect(performUndo(undo)).resolves.toBeUndefined();
    for (const id of [death.id, ...containers.map((container) => container.id)])
      await expect.poll(() => remainsOf(id), { interval: 5 }).toEqual([]);
  });
});
