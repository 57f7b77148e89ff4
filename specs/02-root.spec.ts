// The root filesystem: the shell begins in it, sees nothing beyond it, and shares no mount with the
// host.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { mountsOf } from '../harness/observe/mounts.ts';
import type { Box } from '../harness/shell/box.ts';
import type { RequirementContext } from '../harness/spec/context.ts';
import { testRequirement } from './suite.ts';
import { makePlace } from './support/beforehand.ts';
import { terrarium } from './support/subject.ts';

const token = () => randomBytes(4).toString('hex');

const listed = (names: readonly string[]) =>
  names
    .filter((name) => !name.startsWith('.'))
    .sort()
    .join(' ');

const ls = (directory: string) => async (box: Box) =>
  listed((await box.type(`ls -1 ${directory}`)).split(/\s+/));

/** Names in its /, by ls inside and by the host. */
const lsOfRoot = async (box: Box) => ({
  inside: await ls('/')(box),
  host: listed(readdirSync(`/proc/${box.host.pid}/root/`)),
});

testRequirement('ROOT-01', async ({ shell, control, host, say }) => {
  await say('Open a container shell: it begins in /, and ls shows the root filesystem passed.');
  const box = await shell();
  const given = listed(readdirSync(box.rootfs));
  await expect(box).toPrint('pwd', '/');
  await expect(box).toAnswer('ls /', lsOfRoot, given);
  await say('/ is the same directory, by device and inode.');
  await expect(box).toHaveRoot(box.rootfs);
  await say('The control: on the host, / is another directory.');
  await control(
    () => host.shell(),
    async (free) => [
      await expect(free).toAnswer('ls /', lsOfRoot, (seen) => seen !== given),
      await expect(free).not.toHaveRoot(box.rootfs),
    ],
  );
});

testRequirement('ROOT-02', async ({ shell, control, host, say, onCleanup }) => {
  const secret = mkdtempSync(join(tmpdir(), 'secret-'));
  onCleanup(() => rmSync(secret, { recursive: true }));
  const word = token();
  writeFileSync(join(secret, 'word'), `${word}\n`);
  await say('The host has a file. Search it by its path, through .., and by /proc/1/root.');
  const box = await shell();
  for (const root of ['', '/../../..', '/proc/1/root', '/proc/self/root/..'])
    await expect(box).toPrint(
      `cat ${root}${secret}/word`,
      /(No such file or directory|Permission denied)$/,
      `cat ${root}/…/word`,
    );
  const given = listed(readdirSync(box.rootfs));
  await expect(box).toAnswer('ls /../../..', ls('/../../..'), given);
  await say('The classic escape from a chroot: keep the root open, chroot again, then go up.');
  const wayOut = 'chroot-escape | head -1';
  await expect(box).toPrint(wayOut, 'escaped: no');
  const besides = async (of: Box) => ({
    host: (await of.beside('chroot-escape')).replace(/\n.*/s, ''),
  });
  await expect(box).toAnswer('the same by a probe of the host', besides, 'escaped: no');
  await say('The kernel says: no root is above this one, and the host’s is not mounted.');
  await expect(box).toBeConfinedTo(box.rootfs);
  await say('The control: in the same directory, but with chroot, the same program escapes.');
  await control(
    async () => {
      const free = await host.shell('behind chroot on the host');
      await free.type('exec chroot $ROOTFS /bin/busybox sh');
      return free;
    },
    async (free) => [
      await expect(free).toPrint(wayOut, 'escaped: yes'),
      await expect(free).toAnswer('the same by a probe of the host', besides, 'escaped: yes'),
      await expect(free).not.toBeConfinedTo(box.rootfs),
    ],
    'a shell behind chroot(2)',
  );
});

/**
 * The root filesystem under two further paths: mounts below one propagate to the other, as nowhere
 * else.
 */
async function twoViews({ host, onCleanup }: RequirementContext) {
  const place = makePlace({ onCleanup });
  const maker = await host.shell('the host', 'subject');
  await maker.type(
    `P=${place}; mount -t tmpfs tmpfs $P; mount --make-private $P; mkdir $P/root $P/copy`,
  );
  await maker.type('mount --bind $ROOTFS $P/root; mount --make-private $P/root');
  await maker.type('mount --make-shared $P/root; mount --bind $P/root $P/copy');
  return { root: join(place, 'root'), copy: join(place, 'copy'), maker };
}

testRequirement('ROOT-03', async (context) => {
  const { shell, control, host, say, outside } = context;
  const [late, inner] = [`late-${token()}`, `inner-${token()}`];
  const mountsFrom = (source: string) => (box: Box) => ({
    host: mountsOf(box.host.pid).filter((mount) => mount.source === source).length,
  });
  await say('Mount the root filesystem at two places that share every mount; start on one.');
  const { root, copy, maker } = await twoViews(context);
  const box = await shell({ rootfs: root, capAdd: ['SYS_ADMIN'] });
  await say('Mount a file system below it on the host while the container runs.');
  await maker.type(`mount -t tmpfs ${late} $P/root/mnt && touch $P/root/mnt/seen`);
  const label = 'what the host mounted later, in the mount table';
  await expect(box).toAnswer(label, mountsFrom(late), 0);
  await expect(box).toPrint('ls -A /mnt | grep -cx seen', 0, 'files in it');
  await say('The control: the other place on the host has the mount.');
  await control(
    () => host.shell(),
    async (free) => [
      await expect(free).toAnswer(label, mountsFrom(late), (count) => Number(count) > 0),
      await expect(free).toPrint(`ls -A ${copy}/mnt | grep -cx seen`, 1, 'files in it'),
    ],
  );
  await say('The reverse: the container mounts, and the host has no such mount.');
  const mount = `mount -t tmpfs ${inner} /srv && touch /srv/mine && ls /srv`;
  await expect(box).toPrint(mount, 'mine', 'a mount made inside');
  await expect(box).toAnswer('what the container mounted, in its table', mountsFrom(inner), 1);
  const hosts = mountsOf('self').filter(({ source }) => source === inner).length;
  expect(outside('what the container mounted, in the host’s table', hosts)).toBe(0);
  expect([root, copy].flatMap((view) => readdirSync(join(view, 'srv')))).toEqual([]);
});

testRequirement('ROOT-04', async ({ shell, control, say, onCleanup }) => {
  const file = `written-${token()}`;
  const tried = ['/', '/etc', '/bin', '/root', '/tmp', '/usr/bin', '/var'];
  await say('Open a container shell with --read-only and try to write in every directory.');
  const box = await shell({ hostname: 'fixed', readOnly: true });
  const written = (directory: string) => join(box.rootfs, directory, file);
  const touch = (directory: string) => `touch ${directory}/${file} && echo written`;
  for (const directory of tried)
    await expect(box).toPrint(
      touch(directory),
      /Read-only file system$/,
      `touch ${directory}/FILE`.replace('//', '/'),
    );
  await expect(box).toPrint('rm -f /README', /Read-only file system$/);
  await expect(box).toAnswer(
    'options of its root',
    ({ host }) => ({
      host:
        mountsOf(host.pid)
          .find(({ point }) => point === '/')
          ?.options.join() ?? '',
    }),
    /\bro\b/,
  );
  expect(tried.filter((directory) => existsSync(written(directory)))).toEqual([]);
  await say('The control: without --read-only the file is written, and the host finds it.');
  onCleanup(() => rmSync(written('/tmp'), { force: true }));
  await control(
    () => shell({ hostname: 'free' }),
    (free) => expect(free).toPrint(touch('/tmp'), 'written', 'touch /tmp/FILE'),
  );
  expect(existsSync(written('/tmp'))).toBe(true);
});

testRequirement('ROOT-05', async ({ shell, control, say, onCleanup }) => {
  const file = token();
  await say('Open two shells on one root filesystem at the same time, each with its own /tmp.');
  const left = await shell({ hostname: 'left', tmpfs: ['/tmp'] });
  const right = await shell({ hostname: 'right', tmpfs: ['/tmp'] });
  await say('Both have the same root: one directory, by device and inode.');
  await expect(left).toHaveRoot(left.rootfs);
  await expect(right).toHaveRoot(left.rootfs);
  await say('A file that one writes to its own /tmp is invisible to the other.');
  const label = 'the file that the first shell wrote';
  await left.type(`echo left > /tmp/${file}`);
  await expect(right).toPrint(`cat /tmp/${file}`, /No such file/, label);
  expect(existsSync(join(left.rootfs, 'tmp', file))).toBe(false);
  await say('The control: in /srv, which they share, it is visible.');
  onCleanup(() => rmSync(join(left.rootfs, 'srv', file), { force: true }));
  await left.type(`echo left > /srv/${file}`);
  await control(
    async () => right,
    (free) => expect(free).toPrint(`cat /srv/${file}`, 'left', label),
    'a directory without a mount of its own',
  );
  await say('After one exits, the other still has its /proc, its /dev and its shell.');
  expect(await left.exit()).toBe(0);
  const alive = 'test -e /proc/self/status && echo ok > /dev/null && hostname';
  await expect(right).toPrint(alive, 'right');
  expect(await right.exit()).toBe(0);
});

testRequirement('ROOT-06', async ({ shell, control, host, say, outside, onCleanup }) => {
  const place = makePlace({ onCleanup });
  await say('On the host, mount a file system below a root filesystem.');
  const maker = await host.shell('the host', 'subject');
  await maker.type(`P=${place}`);
  await maker.type('mount -t tmpfs tmpfs $P; mount --make-private $P; mkdir $P/root');
  await maker.type('mount --bind $ROOTFS $P/root; mount -t tmpfs tmpfs $P/root/mnt');
  const rootfs = join(place, 'root');
  const touch = (directory: string) => `touch ${directory}/made && ls ${directory}`;
  await say('A container with --read-only can write to neither of them.');
  const box = await shell({ rootfs, readOnly: true });
  await expect(box).toPrint(touch('/etc'), /Read-only file system$/);
  await expect(box).toPrint(touch('/mnt'), /Read-only file system$/);
  await say('A volume with a missing target is refused, and the target is not created.');
  const volume = ['--read-only', '--network', 'none', '--volume', '/etc:/missing'];
  const refused = await terrarium(['shell', rootfs, 'box', ...volume, '--', 'true']);
  expect(refused.exitCode).toBe(125);
  expect(outside('a volume on a missing directory', refused.stderr)).toMatch(
    /no \/missing in .*, and with --read-only it is not made/,
  );
  expect(existsSync(join(rootfs, 'missing'))).toBe(false);
  const started = await terrarium([
    'shell',
    rootfs,
    'box',
    '--read-only',
    '--network',
    'none',
    '--workdir',
    '/missing',
    'true',
  ]);
  expect(outside('a missing directory to start in', started.stderr)).toMatch(
    /ENOENT.*\n.*with --read-only it is not made/,
  );
  await say('The control: without --read-only the file system below is writable.');
  await control(
    () => shell({ rootfs }),
    (free) => expect(free).toPrint(touch('/mnt'), 'made'),
  );
  // What is mounted there, and not the directory below it.
  expect(readdirSync(join(rootfs, 'mnt'))).toEqual(['made']);
});

testRequirement('ROOT-07', async ({ shell, control, host, say, outside, onCleanup }) => {
  const shared = mkdtempSync(join(tmpdir(), 'volume-'));
  onCleanup(() => rmSync(shared, { recursive: true }));
  const place = makePlace({ onCleanup });
  const word = token();
  for (const name of ['fixed', 'free']) mkdirSync(join(shared, name));
  writeFileSync(join(shared, 'fixed/word'), `${word}\n`);
  await say('Open a shell with one read-only directory of the host, and one writable.');
  const maker = await host.shell('the host', 'subject');
  const below = 'mount -t tmpfs tmpfs $P; mount --make-private $P; mkdir $P/deep';
  await maker.type(`P=${place}; ${below}; mount -t tmpfs tmpfs $P/deep; touch $P/deep/seen`);
  const volumes = [
    `${shared}/fixed:/mnt/fixed:ro`,
    `${shared}/free:/mnt/free`,
    `${place}:/srv`,
    `${place}:/opt:bind,noexec`,
  ];
  const box = await shell({ volumes });
  const write = (directory: string) => `echo ${word} > ${directory}/new && echo written`;
  await say('The first one is readable, and with :ro the kernel refuses writes.');
  await expect(box).toPrint('cat /mnt/fixed/word', word);
  const label = 'writing to the host’s directory';
  await expect(box).toPrint(write('/mnt/fixed'), /Read-only file system$/, label);
  expect(readdirSync(join(shared, 'fixed'))).toEqual(['word']);
  await say('What is mounted below a directory is seen with it, unless bind is among its options.');
  await expect(box).toPrint('ls /srv/deep', 'seen', 'mounted below, recursive');
  await expect(box).toPrint('ls /opt/deep', '', 'mounted below, with bind');
  const options = (of: Box) => ({
    host:
      mountsOf(of.host.pid)
        .find(({ point }) => point === '/opt')
        ?.options.join() ?? '',
  });
  await expect(box).toAnswer('options of the volume with noexec', options, /\bnoexec\b/);
  await say('The control: without :ro the write succeeds, and the host has the file.');
  await control(
    async () => box,
    (free) => expect(free).toPrint(write('/mnt/free'), 'written', label),
    'the volume without :ro',
  );
  expect(outside('files in the second directory', readdirSync(join(shared, 'free')).join())).toBe(
    'new',
  );
});
