// Mount targets replaced by symbolic links while a start mounts (CVE-2021-30465, CVE-2024-45310): a
// hundred starts in process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { devNullSymlink, type HostileRootfs } from '../fixtures/rootfs/hostile.ts';
import { removeTree } from '../fixtures/rootfs/replace.ts';
import { mountsOf } from '../harness/observe/mounts.ts';
import { run } from '../runtime/index.ts';
import { workload } from './support/places.ts';

const STARTS = 100;

let scratch: string;
let victim: string;
let root: HostileRootfs;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'races-'));
  victim = join(scratch, 'victim');
  root = await devNullSymlink(scratch);
  for (const path of [
    victim,
    join(scratch, 'volume'),
    join(root.path, 'swap'),
    join(root.path, 'swap/a'),
  ])
    mkdirSync(path);
  symlinkSync(victim, join(root.path, 'swap/b'));
});

afterAll(() => removeTree(scratch));

/** Swaps the directory and the link until `body` resolves. */
async function whileSwapping(body: () => unknown): Promise<void> {
  const swapper = spawn(
    workload('link-swapper'),
    [join(root.path, 'swap/a'), join(root.path, 'swap/b'), '60'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(swapper.stdout, 'data');
  try {
    await body();
    expect(swapper.exitCode).toBeNull();
  } finally {
    swapper.kill('SIGKILL');
    await once(swapper, 'exit');
  }
}

/** One start on the swapped directory. @throws for an error that the swap does not explain */
async function start(): Promise<void> {
  const volumes = [`${join(scratch, 'volume')}:/swap/a/volume`];
  const options = {
    rootfs: root.path,
    hostname: 'race',
    network: 'none',
    command: ['/bin/true'],
    stdio: 'ignore',
  } as const;
  try {
    await run({ ...options, volumes, tmpfs: ['/swap/a/tmpfs'], workdir: '/swap/a/work' });
  } catch (error) {
    // A target that was missing or a link at the wrong moment.
    expect(String(error)).toMatch(/ENOENT|ELOOP|EEXIST|ENOTDIR/);
  }
}

/** Files that starts made in the directory itself, and at the link's target inside the root. */
function madeInside(): { readonly directly: string[]; readonly byLink: string[] } {
  const directory = ['swap/a', 'swap/b']
    .map((name) => join(root.path, name))
    .find((path) => lstatSync(path).isDirectory());
  const led = join(root.path, victim);
  return {
    directly: directory === undefined ? [] : readdirSync(directory),
    byLink: existsSync(led) ? readdirSync(led) : [],
  };
}

test('no start makes or mounts anything at the link’s target', async () => {
  const { ctimeMs } = lstatSync(victim);
  await whileSwapping(async () => {
    for (let i = 0; i < STARTS; i++) await start();
  });
  expect(readdirSync(victim)).toEqual([]);
  expect(lstatSync(victim).ctimeMs).toBe(ctimeMs);
  expect(mountsOf('self').filter(({ point }) => point.startsWith(scratch))).toEqual([]);
  // Both happened, so the swap did hit the race.
  const { directly, byLink } = madeInside();
  expect(directly).toContain('work');
  expect(byLink).not.toEqual([]);
});

test('the control: looking first and then making, by path, is led astray', async () => {
  await whileSwapping(() => {
    for (let i = 0; i < 20_000 && readdirSync(victim).length === 0; i++) {
      if (lstatSync(join(root.path, 'swap/a')).isDirectory())
        mkdirSync(join(root.path, 'swap/a', `naive-${i}`));
    }
  });
  expect(readdirSync(victim)).toHaveLength(1);
});
