// A process that does not end though it was killed: a frozen one on v1, until it is thawed. What is
// done about it ends all the same.
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ownWorld } from '../../host/process/world.ts';
import {
  type Container,
  collectGarbage,
  createContainer,
  GarbageError,
  listContainers,
  openContainer,
} from '../container.ts';
import { hostFacts } from '../create/prepare.ts';
import { example, gone, resealed } from '../example-container.ts';

const { cgroup, euid } = hostFacts();
const freezer =
  cgroup.mode === 'v1' || cgroup.mode === 'hybrid' ? cgroup.hierarchies.freezer : undefined;

describe.skipIf(euid !== 0 || freezer === undefined)(
  'a container that does not end (needs root and the v1 freezer)',
  () => {
    const scratch = mkdtempSync(join(tmpdir(), 'terrarium-stuck-'));
    const options = { ...example('sleep', '60'), memory: '32m', detach: true } as const;
    const group = `${freezer}/frozen-${options.id}`;
    const set = (state: 'FROZEN' | 'THAWED') => writeFileSync(`${group}/freezer.state`, state);
    let container: Container;

    beforeAll(() => {
      process.env.TERRARIUM_STATE = scratch;
      mkdirSync(group);
    });
    afterAll(() => {
      rmdirSync(group);
      delete process.env.TERRARIUM_STATE;
      rmSync(scratch, { recursive: true });
    });
    beforeEach(async () => {
      container = await createContainer(options);
      writeFileSync(`${group}/cgroup.procs`, String(container.state().pid));
      set('FROZEN');
    });
    afterEach(async () => {
      set('THAWED');
      await container.delete({ force: true });
      await gone(options.id);
    });

    it('is named with what it waits for, and can be deleted later', async () => {
      const found = await openContainer(options.id);
      const from = performance.now();
      await expect(found.delete({ force: true })).rejects.toMatchObject({
        name: 'StateError',
        message: expect.stringMatching(
          /process \d+ \(sleep\) does not end: state \w, waiting in \w+/,
        ),
        hint: expect.stringContaining('try again'),
      });
      expect(performance.now() - from).toBeLessThan(6000);
      expect(listContainers()).toMatchObject([{ id: options.id }]);
      set('THAWED');
      await found.delete({ force: true });
      expect(listContainers()).toEqual([]);
    });

    it('does not keep gc from others', async () => {
      const journal = join(scratch, `${options.id}.journal`);
      const text = readFileSync(journal, 'utf8');
      // As if its runtime had been killed and it had not been told to live on.
      const abandoned = text
        .replace(/"runtime":\{"pid":\d+/, '"runtime":{"pid":4194303')
        .replace('"detach":true', '"detach":false');
      writeFileSync(journal, resealed(abandoned));
      const draft = join(scratch, `.4194303.1.${ownWorld().pidNamespace}.other`);
      writeFileSync(draft, '');
      const error = await collectGarbage().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(GarbageError);
      expect(error).toMatchObject({
        garbage: { undone: [{ what: draft }] },
        cleanupErrors: [{ message: expect.stringContaining('does not end') }],
      });
      expect(listContainers()).toMatchObject([{ id: options.id }]);
    });
  },
);
