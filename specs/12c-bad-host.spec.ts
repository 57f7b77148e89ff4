// Bad input, third part: namespaces that are none, and hosts that lack what a container needs.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { hasVeth } from '../harness/observe/features.ts';
import { testRequirement } from './suite.ts';
import { hostProgram } from './support/beforehand.ts';
import { ROOT, TERRARIUM, workload } from './support/places.ts';
import { openCommandLine, type Refusal } from './support/refused.ts';
import type { Context } from './support/session.ts';

/** As typed: relative to the project. */
const ROOTFS = 'fixtures/rootfs/out/default';
const NOBODY = 65534;

function start(name: string, options: string): string {
  return `terrarium shell ${ROOTFS} box --name ${name} ${options} -- true`;
}

/** A network and a UTS namespace kept by files, as unshare(1) makes them beforehand. */
async function namespaceFiles(
  context: Context,
): Promise<{ readonly net: string; readonly uts: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'ns-'));
  const files = { net: join(directory, 'net'), uts: join(directory, 'uts') };
  context.onCleanup(async () => {
    for (const file of Object.values(files)) await execa('umount', [file]);
    rmSync(directory, { recursive: true });
  });
  for (const file of Object.values(files)) writeFileSync(file, '');
  await execa('unshare', [`--net=${files.net}`, `--uts=${files.uts}`, 'true']);
  return files;
}

testRequirement('BAD-21', async (context) => {
  const line = await openCommandLine(context);
  const { net } = await namespaceFiles(context);
  await context.say('Join a network namespace at the path of an ordinary file.');
  await line.refuses(start(line.name, '--network ns:/etc/hostname'), {
    exitCode: 125,
    fact: /\/etc\/hostname/,
    hint: /no namespace/,
  });
  await context.say('And at a path where nothing is.');
  await line.refuses(start(line.name, '--network ns:/run/netns/nowhere'), {
    exitCode: 125,
    fact: /\/run\/netns\/nowhere.*(ENOENT|does not exist)/,
    hint: /ip netns add/,
  });
  await context.say('The control: a namespace that was made with unshare --net=FILE.');
  await line.accepts('the path of a network namespace', start(line.name, `--network ns:${net}`));
});

testRequirement('BAD-22', async (context) => {
  const line = await openCommandLine(context);
  const { net, uts } = await namespaceFiles(context);
  await context.say('Join a UTS namespace as if it were a network namespace.');
  await line.refuses(start(line.name, `--network ns:${uts}`), {
    exitCode: 125,
    fact: uts,
    hint: /is a uts namespace, and a net namespace is wanted/,
  });
  await context.say('And the other way round.');
  await line.refuses(start(line.name, `--pid ns:${net}`), {
    exitCode: 125,
    fact: net,
    hint: /is a net namespace, and a pid namespace is wanted/,
  });
  await context.say('The control: each as what it is.');
  await line.accepts(
    'each path as its own kind',
    start(line.name, `--network ns:${net} --uts ns:${uts}`),
  );
});

testRequirement('BAD-23', async (context) => {
  const line = await openCommandLine(context);
  const as = await anotherUser();
  await context.say('Somebody who is not root types the command.');
  await line.refuses(`${as} ${start(line.name, '')}`, {
    exitCode: 125,
    fact: /needs root/,
    hint: /sudo/,
  });
  await context.say('The control: the same by root.');
  await line.accepts('the same by root', start(line.name, ''));
});

/**
 * setpriv(1) to the checkout's owner, or to nobody; where that one cannot read the checkout, with
 * the one capability to read it.
 */
async function anotherUser(): Promise<string> {
  const { uid } = statSync(ROOT);
  const user = [`--reuid=${uid || NOBODY}`, '--clear-groups'];
  const { exitCode } = await execa('setpriv', [...user, 'test', '-x', TERRARIUM], {
    reject: false,
  });
  const reading =
    exitCode === 0 ? [] : ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];
  return [hostProgram('setpriv'), ...user, ...reading].join(' ');
}

/**
 * A script for the private mount namespace that a host without something is shown in; `$@` is what
 * to run there.
 */
function hostWithout(context: Context, name: string, script: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'host-'));
  const file = join(directory, name);
  context.onCleanup(() => rmSync(directory, { recursive: true }));
  writeFileSync(file, `#!/bin/sh -e\n${script}\nexec "$@"\n`, { mode: 0o755 });
  context.artefact({ name, mediaType: 'text/plain', text: `${script}\nexec "$@"\n` });
  return `${hostProgram('unshare')} --mount ${file}`;
}

testRequirement('BAD-24', async (context) => {
  const line = await openCommandLine(context);
  const inside = hostWithout(
    context,
    'without-cgroups',
    [
      'umount --recursive /sys/fs/cgroup',
      // What a kernel without control groups says of a process.
      'mount --bind /dev/null "/proc/$$/cgroup"',
    ].join('\n'),
  );
  await context.say(
    'In a mount namespace of its own, take control groups away as from a kernel without them, and ask for a memory limit.',
  );
  await line.refuses(`${inside} ${start(line.name, '--memory 64m')}`, {
    exitCode: 125,
    fact: /the memory limit cannot be enforced: no control-group file system is mounted/,
    hint: /mount control groups/,
  });
  await context.say('Without a limit the container starts, and a warning says what that means.');
  const { output, exitCode } = await line.type(`${inside} ${start(line.name, '')}`);
  expect(exitCode).toBe(0);
  expect(output).toMatch(/^terrarium: warning: nothing is limited/);
  context.observe({ label: 'without a limit', inside: output });
  await context.say('The control: with control groups mounted, the limit is taken.');
  await line.accepts('the same with control groups mounted', start(line.name, '--memory 64m'));
});

testRequirement('BAD-25', async (context) => {
  const line = await openCommandLine(context);
  const remount = [
    "grep -E ' - cgroup2? ' /proc/self/mountinfo | cut -d ' ' -f 5 |",
    '  while read -r at; do mount -o remount,bind,ro "$at"; done',
  ].join('\n');
  const inside = hostWithout(context, 'read-only-cgroups', remount);
  await context.say(
    'In a mount namespace of its own, make every control group file system read-only, and ask for a memory limit.',
  );
  await line.refuses(`${inside} ${start(line.name, '--memory 64m')}`, {
    exitCode: 125,
    fact: /the memory limit cannot be enforced: control groups are mounted read-only at \/sys\/fs\/cgroup/,
    hint: /mount control groups writable/,
  });
  await context.say('The control: where they are writable, the limit is taken.');
  await line.accepts('the same with writable control groups', start(line.name, '--memory 64m'));
});

testRequirement('BAD-26', async (context) => {
  const line = await openCommandLine(context);
  const refusal: Refusal = {
    exitCode: 125,
    fact: /veth .*: EOPNOTSUPP/,
    hint: /CONFIG_VETH|modprobe veth/,
  };
  if (!hasVeth()) {
    await context.say('This kernel has no veth. Ask for a container with a link.');
    await line.refuses(start(line.name, ''), refusal);
    await context.say('The control: without a link it starts.');
    await line.accepts('the same without a link', start(line.name, '--network none'));
    return;
  }
  const hider = workload('kind-hider');
  await context.say(
    'Start a container with a link through `kind-hider veth`: it turns the kind `veth` in the request into one that no kernel has a driver for, and the kernel refuses it as it refuses veth where it has none.',
  );
  await line.refuses(`${hider} veth ${start(line.name, '')}`, refusal);
  await context.say('Without a link it starts there, too.');
  const without = await line.type(`${hider} veth ${start(line.name, '--network none')}`);
  expect(without).toEqual({ output: '', exitCode: 0 });
  context.observe({ label: 'without a link', inside: 'exit code 0' });
  await context.say('The control: another kind is hidden, and the container gets its link.');
  await line.accepts('hiding `dummy`, another kind', `${hider} dummy ${start(line.name, '')}`);
});

/**
 * What is left of the state directory's one or more pages when the start begins, and how the start
 * then ends.
 */
const ROOM = [
  {
    pages: 0,
    where: 'before anything is made',
    fact: /the state directory \/mnt cannot be written: ENOSPC/,
  },
  { pages: 1, where: 'after the journal was begun', fact: /ENOSPC/ },
];

testRequirement('BAD-27', async (context) => {
  const line = await openCommandLine(context, { TERRARIUM_STATE: '/mnt' });
  for (const { pages, where, fact } of ROOM) {
    const inside = hostWithout(
      context,
      `full-disk-${pages}`,
      `mount -t tmpfs -o mode=700,size=${4 * (pages + 1)}k tmpfs /mnt\nhead -c 4096 /dev/zero > /mnt/filled`,
    );
    await context.say(`A state directory with room for ${pages} blocks: it is full ${where}.`);
    await line.refuses(`${inside} ${start(line.name, '--memory 64m')}`, {
      exitCode: 125,
      fact,
      hint: /make room/,
    });
  }
  await context.say(
    'The same once more, and then a look at what is there: no file but the one that fills it.',
  );
  const look =
    'mount -t tmpfs -o mode=700,size=8k tmpfs /mnt\nhead -c 4096 /dev/zero > /mnt/filled\n"$@" 2> /dev/null || find /mnt -type f\nset -- true';
  const { output } = await line.type(
    `${hostWithout(context, 'look-afterwards', look)} ${start(line.name, '--memory 64m')}`,
  );
  expect(output).toBe('/mnt/filled');
  context.observe({
    label: 'files in the state directory afterwards',
    host: output,
    decisive: true,
  });
  await context.say('The control: with room enough the same start works.');
  const roomy = hostWithout(context, 'empty-disk', 'mount -t tmpfs -o mode=700,size=1m tmpfs /mnt');
  await line.accepts(
    'the same with room in the state directory',
    `${roomy} ${start(line.name, '--memory 64m')}`,
  );
});
