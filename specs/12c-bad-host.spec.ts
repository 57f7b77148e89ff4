// Bad input, third part: invalid namespaces, and hosts that lack a feature.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { hasVeth } from '../harness/observe/features.ts';
import { findProgram } from '../harness/observe/find-program.ts';
import { type Context, testRequirement } from './suite.ts';
import { ROOT, TERRARIUM, workload } from './support/places.ts';
import { commandLine, refuses } from './support/refused.ts';

const NOBODY = 65534;

/** A network and a UTS namespace kept by files, made by unshare(1). */
async function namespaceFiles({ onCleanup }: Context) {
  const directory = mkdtempSync(join(tmpdir(), 'ns-'));
  const files = { net: join(directory, 'net'), uts: join(directory, 'uts') };
  onCleanup(async () => {
    for (const file of Object.values(files)) await execa('umount', [file]);
    rmSync(directory, { recursive: true });
  });
  for (const file of Object.values(files)) writeFileSync(file, '');
  await execa('unshare', [`--net=${files.net}`, `--uts=${files.uts}`, 'true']);
  return files;
}

testRequirement('BAD-21', async (context) => {
  const { net } = await namespaceFiles(context);
  await refuses(context, {
    say: 'Join a network namespace at the path of an ordinary file.',
    start: '--network ns:/etc/hostname',
    fact: '/etc/hostname',
    hint: /no namespace/,
    also: [
      {
        say: 'And at a path where nothing is.',
        start: '--network ns:/run/netns/nowhere',
        fact: /\/run\/netns\/nowhere.*(ENOENT|does not exist)/,
        hint: /ip netns add/,
      },
    ],
    control: ['a namespace that was made with unshare --net=FILE', `--network ns:${net}`],
  });
});

testRequirement('BAD-22', async (context) => {
  const { net, uts } = await namespaceFiles(context);
  await refuses(context, {
    say: 'Join a UTS namespace as if it were a network namespace.',
    start: `--network ns:${uts}`,
    fact: uts,
    hint: /is a uts namespace, and a net namespace is wanted/,
    also: [
      {
        say: 'And the other way round.',
        start: `--pid ns:${net}`,
        fact: net,
        hint: /is a net namespace, and a pid namespace is wanted/,
      },
    ],
    control: ['each path as its own kind', `--network ns:${net} --uts ns:${uts}`],
  });
});

testRequirement('BAD-23', async (context) =>
  refuses(context, {
    say: 'An ordinary user types the command.',
    start: { through: await anotherUser() },
    fact: /needs root/,
    hint: /sudo/,
    control: ['the same by root', {}],
  }),
);

/**
 * A setpriv(1) command that runs a program as the checkout's owner, or as the user `nobody` if root
 * owns the checkout. Adds the capability to read files if that user cannot read the checkout.
 */
async function anotherUser(): Promise<string> {
  const { uid } = statSync(ROOT);
  const user = [`--reuid=${uid || NOBODY}`, '--clear-groups'];
  const { exitCode } = await execa('setpriv', [...user, 'test', '-x', TERRARIUM], {
    reject: false,
  });
  const reading =
    exitCode === 0 ? [] : ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];
  return [findProgram('setpriv'), ...user, ...reading].join(' ');
}

/**
 * A script in a private mount namespace that simulates a host without a feature; it runs `$@`
 * there.
 */
function hostWithout({ onCleanup, artefact }: Context, name: string, script: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'host-'));
  const file = join(directory, name);
  onCleanup(() => rmSync(directory, { recursive: true }));
  const text = `${script}\nexec "$@"\n`;
  writeFileSync(file, `#!/bin/sh -e\n${text}`, { mode: 0o755 });
  artefact({ name, mediaType: 'text/plain', text });
  return `${findProgram('unshare')} --mount ${file}`;
}

/** The second line simulates a kernel without cgroups. */
const WITHOUT_CGROUPS = `umount --recursive /sys/fs/cgroup
mount --bind /dev/null "/proc/$$/cgroup"`;

testRequirement('BAD-24', (context) => {
  const through = hostWithout(context, 'without-cgroups', WITHOUT_CGROUPS);
  return refuses(context, {
    say: 'Hide cgroups, as on a kernel without them, and request a limit.',
    start: { through, options: '--memory 64m' },
    fact: 'the memory limit cannot be enforced: no cgroup file system is mounted',
    hint: /mount cgroups/,
    async beforeControl(line) {
      await context.say('Without a limit it starts, with a warning.');
      await expect(line).toExitWith(commandLine(line, { through }), 0, {
        label: 'without a limit',
        printing: /^terrarium: warning: nothing is limited/,
      });
    },
    control: ['the same with cgroups mounted', '--memory 64m'],
  });
});

const READ_ONLY_CGROUPS = `grep -E ' - cgroup2? ' /proc/self/mountinfo | cut -d ' ' -f 5 |
  while read -r at; do mount -o remount,bind,ro "$at"; done`;

testRequirement('BAD-25', (context) =>
  refuses(context, {
    say: 'Make every cgroup file system read-only, and request a memory limit.',
    start: {
      through: hostWithout(context, 'read-only-cgroups', READ_ONLY_CGROUPS),
      options: '--memory 64m',
    },
    fact: /limit cannot be enforced: cgroups are mounted read-only at \/sys\/fs\/cgroup/,
    hint: /mount cgroups writable/,
    control: ['the same with writable cgroups', '--memory 64m'],
  }),
);

const NO_VETH = { fact: /veth .*: EOPNOTSUPP/, hint: /CONFIG_VETH|modprobe veth/ };

testRequirement('BAD-26', (context) => {
  if (!hasVeth())
    return refuses(context, {
      say: 'This kernel has no veth. Ask for a container with a link.',
      start: '',
      ...NO_VETH,
      control: ['the same without a link', '--network none'],
    });
  const hider = workload('kind-hider');
  const through = `${hider} veth`;
  return refuses(context, {
    say: 'Ask for a link through `kind-hider veth`, which turns `veth` into a kind unknown here.',
    start: { through },
    ...NO_VETH,
    async beforeControl(line) {
      await context.say('Without a link it starts.');
      const start = commandLine(line, { through, options: '--network none' });
      await expect(line).toExitWith(start, 0, { label: 'without a link', printing: '' });
    },
    control: ['hiding `dummy`, another kind', { through: `${hider} dummy` }],
  });
});

/** A state directory of this many pages, one of them used. */
const filled = (pages: number) => `mount -t tmpfs -o mode=700,size=${4 * pages}k tmpfs /mnt
head -c 4096 /dev/zero > /mnt/filled`;

testRequirement('BAD-27', (context) => {
  const on = (name: string, script: string) => ({
    through: hostWithout(context, name, script),
    options: '--memory 64m',
  });
  const hint = /make room/;
  return refuses(
    context,
    {
      say: 'A state directory without room for a block: it is full before anything is made.',
      start: on('full-disk-0', filled(1)),
      fact: 'the state directory /mnt cannot be written: ENOSPC',
      hint,
      also: [
        {
          say: 'One with room for a block: it is full after the journal was begun.',
          start: on('full-disk-1', filled(2)),
          fact: /ENOSPC/,
          hint,
        },
      ],
      async beforeControl(line) {
        await context.say('Again. Only the file that fills the directory is there.');
        const look = `${filled(2)}\n"$@" 2> /dev/null || find /mnt -type f\nset -- true`;
        const files = commandLine(line, on('look-afterwards', look));
        await expect(line).toPrint(files, '/mnt/filled', 'files in the state directory afterwards');
      },
      control: [
        'the same with room in the state directory',
        on('empty-disk', 'mount -t tmpfs -o mode=700,size=1m tmpfs /mnt'),
      ],
    },
    { TERRARIUM_STATE: '/mnt' },
  );
});
