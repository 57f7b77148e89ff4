// Commands that see another machine than the container's maker did: hidden and read-only control
// groups, other namespaces, another boot.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { directoryOf } from '../cgroups/directories.ts';
import { readIfThere } from '../cgroups/files.ts';
import { ownWorld } from '../host/process/world.ts';
import { type Container, collectGarbage, createContainer } from './container.ts';
import { hostFacts } from './create/prepare.ts';
import { deleteContainer } from './end/delete.ts';
import { remainsOf } from './end/remains.fixture.ts';
import { example, resealed } from './example-container.ts';

const TERRARIUM = join(import.meta.dirname, '../../bin/terrarium');
/** What `ip netns exec` does to the view of cgroups. */
const HIDDEN = ['unshare', '--mount', 'sh', '-c', 'umount -R /sys/fs/cgroup; exec "$@"', 'sh'];
const READ_ONLY = [
  ...['unshare', '--mount', 'sh', '-c'],
  `grep -E ' - cgroup2? ' /proc/self/mountinfo | cut -d ' ' -f 5 |
    while read -r at; do mount -o remount,bind,ro "$at"; done; exec "$@"`,
  'sh',
];
const OTHER_PIDS = ['unshare', '--pid', '--fork', '--mount-proc'];
const OTHER_CLOCK = ['unshare', '--time', '--boottime', '100000', '--fork'];

/** The command in that view. */
function from(view: readonly string[], ...args: string[]) {
  const [program = '', ...rest] = [...view, TERRARIUM, ...args];
  const { status, stdout, stderr } = spawnSync(program, rest, {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, stdout, stderr };
}

describe.skipIf(hostFacts().euid !== 0 || hostFacts().cgroup.mode === 'none')(
  'from elsewhere (needs root and cgroups)',
  () => {
    const scratch = mkdtempSync(join(tmpdir(), 'terrarium-worlds-'));
    let container: Container;
    let id = '';
    beforeAll(() => {
      process.env.TERRARIUM_STATE = scratch;
    });
    afterAll(() => {
      delete process.env.TERRARIUM_STATE;
      rmSync(scratch, { recursive: true });
    });
    beforeEach(async () => {
      const options = {
        ...example('sleep', '60'),
        network: 'veth',
        memory: '32m',
        detach: true,
      } as const;
      container = await createContainer(options);
      id = options.id;
    });
    afterEach(async () => {
      await deleteContainer(id, { force: true }).catch(() => {});
      await expect.poll(() => remainsOf(id)).toEqual([]);
    });
    const limit = () => {
      const directory = directoryOf(container.cgroups, 'memory');
      const file = container.cgroups.mode === 'v2' ? 'memory.max' : 'memory.limit_in_bytes';
      return Number(readIfThere(`${directory}/${file}`));
    };

    it.each([
      ['where they are hidden', HIDDEN],
      ['where they are read-only', READ_ONLY],
      ['by another clock', OTHER_CLOCK],
    ])('its cgroups hold, count and go: %s', (_, view) => {
      const hog = from(view, 'exec', '-T', id, '--', 'memory-hog', '100');
      expect(hog.status).toBe(137);
      expect(from(view, 'ps', id, '--format', 'json').stdout).toContain('sleep 60');
      expect(JSON.parse(from(view, 'stats', id, '--format', 'json').stdout).memory).toMatchObject({
        limitBytes: 32 * 2 ** 20,
      });
      expect(from(view, 'update', id, '--memory', '48m')).toMatchObject({ status: 0 });
      expect(limit()).toBe(48 * 2 ** 20);
      expect(from(view, 'gc')).toMatchObject({ status: 0, stdout: 'nothing was left behind\n' });
      expect(container.state().status).toBe('running');
      expect(from(view, 'delete', '--force', id)).toMatchObject({ status: 0 });
      expect(existsSync(directoryOf(container.cgroups, 'memory') ?? '')).toBe(false);
    });

    it('its processes cannot be judged in another PID namespace, and nothing is taken from it', () => {
      const before = remainsOf(id);
      const gc = from(OTHER_PIDS, 'gc', '--format', 'json');
      expect(gc).toMatchObject({
        status: 0,
        stderr: expect.stringContaining(`left alone: container ${id}`),
      });
      expect(JSON.parse(gc.stdout)).toMatchObject({ undone: [], left: [{ id }] });
      expect(from(OTHER_PIDS, 'list').stdout).toMatch(new RegExp(`^${id} +unknown`, 'm'));
      for (const args of [
        ['exec', '-T', id, '--', 'true'],
        ['ps', id],
        ['kill', id, 'TERM'],
        ['delete', id],
        ['delete', '--force', id],
        ['update', id, '--memory', '48m'],
      ])
        expect([args, from(OTHER_PIDS, ...args)]).toMatchObject([args, { status: 125 }]);
      expect(remainsOf(id)).toEqual(before);
      expect(container.state()).toMatchObject({ status: 'running' });
    });

    it('of another boot only files are left', async () => {
      const journal = join(scratch, `${id}.journal`);
      const text = readFileSync(journal, 'utf8');
      // As if the state directory had outlived the host: what has the same names now is of this
      // boot.
      writeFileSync(journal, resealed(text.replace(ownWorld().bootId, 'another-boot')));
      expect((await collectGarbage()).undone.map(({ what }) => what)).toContain(journal);
      expect(readIfThere(`${directoryOf(container.cgroups, 'memory')}/cgroup.procs`)).not.toBe('');
      expect(existsSync(directoryOf(container.cgroups, 'memory') ?? '')).toBe(true);
      await container.delete({ force: true });
    });
  },
);
