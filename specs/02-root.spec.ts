// The root filesystem: the shell begins in it, sees nothing beyond it, and shares no mount with the
// host.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { mountsOf } from '../harness/observe/mounts.ts';
import { testRequirement } from './suite.ts';
import { makePlace } from './support/beforehand.ts';
import { DEFAULT_ROOTFS } from './support/places.ts';
import type { Context } from './support/session.ts';
import { openHostShell, openShell } from './support/session.ts';
import { terrarium } from './support/subject.ts';

function token(): string {
  return randomBytes(4).toString('hex');
}

/** Words as `ls` lists them. */
function listed(text: string): string[] {
  return text.split(/\s+/).filter(Boolean).sort();
}

testRequirement('ROOT-01', async (context) => {
  await context.say(
    'Open a container shell: it begins in /, and ls shows what the root filesystem that was passed contains.',
  );
  const { shell, host } = await openShell(context);
  expect(await shell.type('pwd')).toBe('/');
  const inside = listed(await shell.type('ls -1'));
  const given = readdirSync(DEFAULT_ROOTFS).sort();
  expect(inside).toEqual(given);
  await context.say('Not just the same names: / is that very directory, by device and inode.');
  const { dev, ino } = statSync(DEFAULT_ROOTFS);
  const identity = `${dev}:${ino}`;
  expect(await shell.type("stat -c '%d:%i' /")).toBe(identity);
  const seen = statSync(`/proc/${host.pid}/root`);
  expect(`${seen.dev}:${seen.ino}`).toBe(identity);
  await context.say('The control: on the host, / is another directory.');
  const control = await openHostShell(context);
  const outside = await control.type("stat -c '%d:%i' /");
  context.observe({
    label: 'device and inode of /',
    inside: identity,
    host: identity,
    control: outside,
    decisive: true,
  });
  context.observe({
    label: 'ls /',
    inside: inside.join(' '),
    host: given.join(' '),
    control: (await control.type('ls /')).replace(/\s+/g, ' '),
  });
  context.control('/ of a shell on the host', {
    outcome: outside === identity ? 'same' : 'opposite',
    observed: outside,
  });
});

testRequirement('ROOT-02', async (context) => {
  const secret = mkdtempSync(join(tmpdir(), 'secret-'));
  context.onCleanup(() => rmSync(secret, { recursive: true }));
  const word = token();
  writeFileSync(join(secret, 'word'), `${word}\n`);
  await context.say(
    'The host has a file. Look for it from inside: by its path, through .., and through the root of process 1.',
  );
  const { shell } = await openShell(context);
  const given = readdirSync(DEFAULT_ROOTFS).sort();
  for (const root of ['', '/../../..', '/proc/1/root', '/proc/self/root/..'])
    expect(await shell.type(`cat ${root}${secret}/word`)).toMatch(/No such file or directory$/);
  expect(listed(await shell.type('ls -1 /../../..'))).toEqual(given);
  expect(listed(await shell.type('ls -1 /proc/1/root/'))).toEqual(given);
  await context.say(
    'Neither is the old root left mounted anywhere: / is the first line of the mount table.',
  );
  expect(await shell.type('head -1 /proc/self/mountinfo | cut -d" " -f5')).toBe('/');
  await context.say(
    'The classic way out of a chroot: a descriptor of the root, kept while changing to another, then .. as often as it takes.',
  );
  const inside = await shell.type('chroot-escape | head -1');
  expect(inside).toBe('escaped: no');

  await context.say(
    'The control: the same program in the same directory, but behind chroot instead of pivot_root, reaches the host.',
  );
  const control = await openHostShell(context);
  const outside = await control.type('chroot $ROOTFS chroot-escape | head -1');
  expect(await control.type(`cat ${secret}/word`)).toBe(word);
  context.observe({ label: 'chroot-escape', inside, control: outside, decisive: true });
  context.control('chroot-escape behind chroot(2) on the host', {
    outcome: outside === 'escaped: yes' ? 'opposite' : 'same',
    observed: outside,
  });
});

/**
 * The root filesystem under a second path and a third: mounts made below one of them propagate to
 * the other, as nowhere else.
 */
async function twoViews(context: Context, place: string) {
  const [root, copy] = [join(place, 'root'), join(place, 'copy')];
  const maker = await openHostShell(context, 'the host');
  await maker.type(
    `P=${place}; mount -t tmpfs tmpfs $P; mount --make-private $P; mkdir $P/root $P/copy`,
  );
  await maker.type('mount --bind $ROOTFS $P/root; mount --make-private $P/root');
  await maker.type('mount --make-shared $P/root; mount --bind $P/root $P/copy');
  return { root, copy, maker };
}

testRequirement('ROOT-03', async (context) => {
  const place = makePlace(context);
  const [late, inner] = [`late-${token()}`, `inner-${token()}`];
  await context.say(
    'On the host, show the root filesystem at two places that tell each other of every mount, and start a container on one.',
  );
  const { root, copy, maker } = await twoViews(context, place);
  const { shell, host } = await openShell(context, {
    rootfs: root,
    capAdd: ['SYS_ADMIN'],
  });

  await context.say(
    'Mount something below it on the host, now that the container runs. The other place has it, the container has not.',
  );
  await maker.type(`mount -t tmpfs ${late} $P/root/mnt && touch $P/root/mnt/seen`);
  const there = await maker.type('ls $P/copy/mnt');
  const inside = (await shell.type('ls -A /mnt'))
    .split(/\s+/)
    .filter((name) => name === there)
    .join(' ');
  expect(inside).toBe('');
  expect(mountsOf(host.pid).map(({ source }) => source)).not.toContain(late);
  context.observe({
    label: 'what the host mounted later',
    inside: inside || 'nothing',
    control: there,
    decisive: true,
  });
  context.control('the second view on the host, in the same mount namespace', {
    outcome: there === 'seen' ? 'opposite' : 'same',
    observed: `ls shows: ${there}`,
  });

  await context.say(
    'The other way round: with CAP_SYS_ADMIN the container may mount. The host has no such mount.',
  );
  expect(await shell.type(`mount -t tmpfs ${inner} /srv && touch /srv/mine && ls /srv`)).toBe(
    'mine',
  );
  expect(mountsOf(host.pid).map(({ source }) => source)).toContain(inner);
  const hosts = mountsOf('self').map(({ source }) => source);
  expect(readdirSync(join(root, 'srv'))).toEqual([]);
  expect(readdirSync(join(copy, 'srv'))).toEqual([]);
  const count = (source: string) => hosts.filter((candidate) => candidate === source).length;
  expect(count(inner)).toBe(0);
  context.observe({
    label: 'what the container mounted, in the host’s table',
    inside: 'mounted',
    host: count(inner),
    control: count(late),
  });
  context.control('what the host mounted, in the host’s table', {
    outcome: count(late) > 0 ? 'opposite' : 'same',
    observed: `${count(late)} mounts of it`,
  });
});

testRequirement('ROOT-04', async (context) => {
  const file = `written-${token()}`;
  await context.say(
    'Open a container shell with --read-only and try to write wherever the root filesystem has a directory.',
  );
  const { shell, host } = await openShell(context, { hostname: 'fixed', readOnly: true });
  const tried = ['/', '/etc', '/bin', '/root', '/tmp', '/usr/bin', '/var'];
  const refused = await shell.type(`for d in ${tried.join(' ')}; do touch $d/${file}; done`);
  expect(refused.split('\n')).toHaveLength(tried.length);
  for (const line of refused.split('\n')) expect(line).toMatch(/Read-only file system$/);
  expect(await shell.type('rm -f /README')).toMatch(/Read-only file system$/);
  expect(mountsOf(host.pid).find(({ point }) => point === '/')?.options).toContain('ro');
  expect(tried.filter((directory) => existsSync(join(DEFAULT_ROOTFS, directory, file)))).toEqual(
    [],
  );

  await context.say(
    'The control: without --read-only the same file can be written, and the host finds it in the root filesystem.',
  );
  const control = await openShell(context, { hostname: 'free' }, 'control');
  const written = join(DEFAULT_ROOTFS, 'tmp', file);
  context.onCleanup(() => rmSync(written, { force: true }));
  const answer = await control.shell.type(`touch /tmp/${file} && echo written`);
  const found = existsSync(written);
  context.observe({
    label: 'touch /tmp/…',
    inside: refused.split('\n')[4],
    control: answer,
    decisive: true,
  });
  context.control('the same without --read-only', {
    outcome: found ? 'opposite' : 'same',
    observed: found ? 'the file is there, seen from the host' : answer,
  });
});

testRequirement('ROOT-05', async (context) => {
  const file = token();
  await context.say(
    'Open two shells on one root filesystem at the same time, each with a /tmp of its own.',
  );
  const first = await openShell(context, { hostname: 'left', tmpfs: ['/tmp'] });
  const second = await openShell(context, { hostname: 'right', tmpfs: ['/tmp'] });
  await context.say('It is one root: the same directory by device and inode, in both.');
  const identity = await first.shell.type("stat -c '%d:%i' /");
  expect(await second.shell.type("stat -c '%d:%i' /")).toBe(identity);
  await context.say('What one writes to its own /tmp the other does not see.');
  await first.shell.type(`echo left > /tmp/${file}`);
  const inTmpfs = await second.shell.type(`cat /tmp/${file}`);
  expect(inTmpfs).toMatch(/No such file/);
  expect(existsSync(join(DEFAULT_ROOTFS, 'tmp', file))).toBe(false);
  await context.say(
    'The control: without a /tmp of its own it would. In /srv, which they share, it does.',
  );
  context.onCleanup(() => rmSync(join(DEFAULT_ROOTFS, 'srv', file), { force: true }));
  await first.shell.type(`echo left > /srv/${file}`);
  const shared = await second.shell.type(`cat /srv/${file}`);
  context.observe({
    label: `the file that the first shell wrote, read in the second`,
    inside: inTmpfs,
    control: shared,
    decisive: true,
  });
  context.control('the same file in a directory without a mount of its own', {
    outcome: shared === 'left' ? 'opposite' : 'same',
    observed: shared,
  });
  await context.say('Closing one leaves the other as it was: its /proc, its /dev, its shell.');
  expect(await first.shell.exit()).toBe(0);
  expect(
    await second.shell.type('ps -o comm | grep -c sh; echo ok > /dev/null && hostname'),
  ).toMatch(/^[12]\nright$/);
  expect(await second.shell.exit()).toBe(0);
});

testRequirement('ROOT-06', async (context) => {
  const place = makePlace(context);
  await context.say('On the host, mount a file system below a root filesystem.');
  const maker = await openHostShell(context, 'the host');
  await maker.type(`P=${place}`);
  await maker.type('mount -t tmpfs tmpfs $P; mount --make-private $P; mkdir $P/root');
  await maker.type('mount --bind $ROOTFS $P/root; mount -t tmpfs tmpfs $P/root/mnt');
  const rootfs = join(place, 'root');
  const touch = 'touch /etc/made 2>&1; touch /mnt/made 2>&1; echo end';
  await context.say('A container with --read-only on it can write neither here nor there.');
  const { shell } = await openShell(context, { rootfs, readOnly: true });
  const inside = await shell.type(touch);
  expect(inside.match(/Read-only file system/g)).toHaveLength(2);
  await context.say('A volume whose place is missing is refused, and the place is not made.');
  const volume = ['--read-only', '--network', 'none', '--volume', '/etc:/missing'];
  const refused = await terrarium(['shell', rootfs, 'box', ...volume, '--', 'true']);
  expect(refused.exitCode).toBe(125);
  expect(refused.stderr).toMatch(/no \/missing in .*, and with --read-only it is not made/);
  expect(existsSync(join(rootfs, 'missing'))).toBe(false);
  await context.say('The control: without --read-only the file system below takes a file.');
  const control = await openShell(context, { rootfs }, 'control');
  const written = await control.shell.type('touch /mnt/made 2>&1; ls /mnt');
  context.observe({ label: 'touch /etc/made /mnt/made', inside, control: written, decisive: true });
  context.observe({ label: 'a volume on a missing directory', host: refused.stderr });
  context.control('the same root filesystem without --read-only', {
    outcome: written === 'made' ? 'opposite' : 'same',
    observed: written,
  });
});
