// One journal that cannot be read takes nothing from the others, and can be removed with all that
// carries its name.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chooseCgroups } from '../../cgroups/directories.ts';
import {
  collectGarbage,
  createContainer,
  listContainers,
  openContainer,
  surveyContainers,
} from '../container.ts';
import { hostFacts } from '../create/prepare.ts';
import { example, gone } from '../example-container.ts';
import { run } from '../run.ts';
import { deleteContainer } from './delete.ts';
import { remainsOf } from './remains.fixture.ts';

const LIMITED = { memory: '64m', network: 'veth', detach: true } as const;

describe.skipIf(hostFacts().euid !== 0)('a damaged journal (needs root)', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'terrarium-damaged-'));
  const journal = (id: string) => join(scratch, `${id}.journal`);
  const healthy = { ...example('sleep', '60'), ...LIMITED };

  beforeAll(async () => {
    process.env.TERRARIUM_STATE = scratch;
    await createContainer(healthy);
  });
  afterAll(async () => {
    await deleteContainer(healthy.id, { force: true });
    expect(readdirSync(scratch).filter((name) => name !== '.net')).toEqual([]);
    delete process.env.TERRARIUM_STATE;
    rmSync(scratch, { recursive: true });
  });
  afterEach(() => {
    expect(listContainers()).toMatchObject([{ id: healthy.id, status: 'running' }]);
  });

  it.each<[string, (path: string) => void]>([
    ['text', (path) => writeFileSync(path, 'nonsense\n')],
    ['nothing', (path) => writeFileSync(path, '')],
    ['a directory', (path) => mkdirSync(join(path, 'deeper'), { recursive: true })],
    ['a fifo', (path) => execFileSync('mkfifo', [path])],
  ])('that is %s is named, left alone by gc, and removed by its name', async (_, make) => {
    const { id, ...options } = example('true');
    make(journal(id));
    const damaged = { id, file: journal(id), hint: expect.stringContaining('delete --force') };
    expect(surveyContainers()).toMatchObject({
      containers: [{ id: healthy.id }],
      damaged: [damaged],
    });
    expect(await collectGarbage()).toMatchObject({ undone: [], left: [{ id }] });
    const message = expect.stringContaining('is damaged');
    await expect(openContainer(id)).rejects.toMatchObject({ name: 'StateError', message });
    await expect(deleteContainer(id)).rejects.toMatchObject({ name: 'StateError', message });
    await expect(run({ ...options, id })).rejects.toThrow('exists already');
    await deleteContainer(id, { force: true });
    expect(existsSync(journal(id))).toBe(false);
    expect(await run({ ...options, id })).toMatchObject({ exitCode: 0 });
  });

  it('of a container that runs does not keep it from being removed: groups, link, claim, log', async () => {
    const options = { ...example('sleep', '60'), ...LIMITED };
    const container = await createContainer(options);
    const { pid } = container.state();
    const bytes = readFileSync(journal(options.id));
    writeFileSync(journal(options.id), bytes.subarray(0, 40));
    expect(remainsOf(options.id).length).toBeGreaterThan(6);
    await deleteContainer(options.id, { force: true });
    await gone(options.id);
    expect(remainsOf(options.id)).toEqual([]);
    await expect.poll(() => existsSync(`/proc/${pid}/root/bin`)).toBe(false);
  });

  it('never hides the others, wherever it is cut or a byte flips', async () => {
    const id = `${healthy.id}-copy`;
    const bytes = readFileSync(journal(healthy.id));
    for (let at = 0; at < bytes.length; at += 7) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      for (const content of [bytes.subarray(0, at), flipped]) {
        writeFileSync(journal(id), content);
        expect(surveyContainers()).toMatchObject({
          containers: [{ id: healthy.id, status: 'running' }],
          damaged: [{ id }],
        });
      }
    }
    expect(await collectGarbage()).toMatchObject({ undone: [], left: [{ id }] });
    await deleteContainer(id, { force: true });
  });
});

describe.skipIf(hostFacts().euid !== 0 || hostFacts().cgroup.mode === 'none')(
  'a cgroup without a journal (needs root and cgroups)',
  () => {
    const groupsOf = (id: string) =>
      chooseCgroups(id, hostFacts().cgroup, []).directories.map(({ path }) => path);

    it('makes room for a container of its name', async () => {
      const options = example('true');
      for (const path of groupsOf(options.id)) mkdirSync(join(path, 'below'), { recursive: true });
      expect(await run(options)).toMatchObject({ exitCode: 0 });
      expect(remainsOf(options.id)).toEqual([]);
    });

    it('is removed when it is asked for', async () => {
      const { id } = example('true');
      await expect(deleteContainer(id, { force: true })).rejects.toThrow('there is no container');
      for (const path of groupsOf(id)) mkdirSync(path);
      await expect(deleteContainer(id)).rejects.toMatchObject({
        message: expect.stringContaining('something of that name'),
        hint: expect.stringContaining(`delete --force ${id}`),
      });
      await deleteContainer(id, { force: true });
      expect(remainsOf(id)).toEqual([]);
    });

    it('stays when a container of another state directory has it', async () => {
      await using theirs = await createContainer(example('sleep', '60'));
      const elsewhere = mkdtempSync(join(tmpdir(), 'terrarium-elsewhere-'));
      const groups = groupsOf(theirs.id);
      process.env.TERRARIUM_STATE = elsewhere;
      try {
        const options = { ...example('true'), id: theirs.id };
        await expect(run(options)).rejects.toMatchObject({
          hint: expect.stringMatching(/another state directory .*kill -9 \d+/),
        });
        await expect(deleteContainer(theirs.id, { force: true })).rejects.toThrow(
          /has a container|is in use/,
        );
        expect(groups.filter((path) => !existsSync(path))).toEqual([]);
      } finally {
        delete process.env.TERRARIUM_STATE;
        rmSync(elsewhere, { recursive: true });
      }
      expect(theirs.state().status).toBe('running');
    });
  },
);
