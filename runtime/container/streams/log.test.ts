// The log of a detached container: byte for byte, of bounded size, and whole for those that follow
// it.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Container, createContainer, openContainer } from '../container.ts';
import { hostFacts } from '../create/prepare.ts';
import { example, ROOTFS } from '../example-container.ts';

const BUSYBOX = readFileSync(join(ROOTFS, 'bin/busybox'));

async function logOf(container: Container, follow = false): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const bytes of container.logs({ follow })) pieces.push(bytes);
  return Buffer.concat(pieces);
}

const detached = (script: string, logMaxSize?: string | number) =>
  createContainer({ ...example('/bin/sh', '-c', script), detach: true, logMaxSize });

describe.skipIf(hostFacts().euid !== 0)('the log (needs root)', () => {
  let state = '';
  const file = ({ id }: Container, suffix = '') => join(state, `${id}.log${suffix}`);

  beforeAll(() => {
    state = mkdtempSync(join(tmpdir(), 'terrarium-log-'));
  });
  afterAll(() => rmSync(state, { recursive: true }));
  beforeEach(() => {
    process.env.TERRARIUM_STATE = state;
  });
  afterEach(() => {
    delete process.env.TERRARIUM_STATE;
  });

  it('has every byte that was written, also those that are no text', async () => {
    await using container = await detached(
      "printf '\\355\\253\\356\\333\\003\\0'; cat /bin/busybox",
    );
    await container.wait();
    const bytes = Buffer.from([0xed, 0xab, 0xee, 0xdb, 3, 0]);
    expect((await logOf(container)).equals(Buffer.concat([bytes, BUSYBOX]))).toBe(true);
    expect(container.droppedLogBytes).toBe(0);
  });

  it('gives pieces that stay as they are', async () => {
    await using container = await detached('cat /bin/busybox');
    await container.wait();
    const pieces: Uint8Array[] = [];
    for await (const piece of container.logs()) pieces.push(piece);
    expect(new Set(pieces.map(({ buffer }) => buffer)).size).toBe(pieces.length);
  });

  it('keeps two files of the size asked for, the last bytes of all', async () => {
    await using container = await detached('cat /bin/busybox', '64k');
    await container.wait();
    expect(statSync(file(container, '.1')).size).toBe(65_536);
    const tail = BUSYBOX.subarray(-65_536 - (BUSYBOX.length % 65_536 || 65_536));
    expect((await logOf(container)).equals(tail)).toBe(true);
    expect(statSync(file(container)).mode & 0o777).toBe(0o600);
    // The control: without a limit it is whole, and there is one file.
    await using whole = await detached('cat /bin/busybox', -1);
    await whole.wait();
    expect((await logOf(whole)).equals(BUSYBOX)).toBe(true);
    expect(existsSync(file(whole, '.1'))).toBe(false);
  });

  it('is followed across rotations without a byte lost or doubled', async () => {
    const script =
      'i=0; while [ $i -lt 60 ]; do head -c 10000 /bin/busybox; sleep 0.02; i=$((i+1)); done';
    await using container = await detached(script, '128k');
    const found = await openContainer(container.id);
    const followed = await logOf(found, true);
    const piece = BUSYBOX.subarray(0, 10_000);
    const wanted = Buffer.concat(Array.from({ length: 60 }, () => piece));
    expect(followed.equals(wanted)).toBe(true);
    expect(statSync(file(container, '.1')).size).toBe(131_072);
  });

  it('goes with its container, older file and all', async () => {
    const container = await detached('cat /bin/busybox; exec sleep 60', '64k');
    const found = await openContainer(container.id);
    for await (const _ of found.logs({ follow: true })) if (existsSync(file(found, '.1'))) break;
    await found.delete({ force: true });
    await container.wait();
    expect([file(found), file(found, '.1')].filter(existsSync)).toEqual([]);
  });

  it('is not written where a link leads', async () => {
    const id = `link-${randomBytes(4).toString('hex')}`;
    symlinkSync('/nowhere/else', join(state, `${id}.log`));
    // What had the name was left behind: the id is claimed by now.
    await using container = await createContainer({ ...example('true'), id, detach: true });
    expect(await container.wait()).toMatchObject({ exitCode: 0 });
    expect(lstatSync(join(state, `${id}.log`)).isFile()).toBe(true);
    expect(existsSync('/nowhere/else')).toBe(false);
  });

  it('of a container whose processes hold the pipe ends with its first process', async () => {
    await using container = await createContainer({
      ...example('/bin/sh', '-c', '(sleep 3; echo late) & echo first; exit 3'),
      pid: 'host',
      detach: true,
    });
    const from = Date.now();
    expect(await container.wait()).toMatchObject({ exitCode: 3 });
    expect((await logOf(container)).toString()).toBe('first\n');
    expect(Date.now() - from).toBeLessThan(2500);
  });

  describe('on a file system that is full', () => {
    let small = '';
    beforeEach(() => {
      small = mkdtempSync(join(tmpdir(), 'terrarium-full-'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'tmpfs', small]);
      process.env.TERRARIUM_STATE = small;
    });
    afterEach(() => {
      execFileSync('umount', [small]);
      rmSync(small, { recursive: true });
    });

    it('drops what has no room and counts it, and the exit status is kept', async () => {
      const container = await detached('cat /bin/busybox; exit 6');
      expect(await container.wait()).toMatchObject({ exitCode: 6 });
      const kept = await logOf(container);
      expect(kept.length).toBeGreaterThan(100_000);
      expect(kept.equals(BUSYBOX.subarray(0, kept.length))).toBe(true);
      expect(container.droppedLogBytes).toBe(BUSYBOX.length - kept.length);
      await container.delete();
    });
  });
});
