// The assignment's other way: namespaces made beforehand, joined because the arguments say so.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { NamespaceFile } from '../harness/observe/process.ts';
import type { Shell } from '../harness/shell/shell.ts';
import { testRequirement } from './suite.ts';
import { makeNetwork, makePid, makePlace } from './support/beforehand.ts';
import { openHostShell, openShell } from './support/session.ts';

const KINDS: readonly NamespaceFile[] = ['net', 'mnt', 'pid', 'uts', 'ipc'];

/** The number in `net:[4026532000]` is the inode of the namespace's file. */
async function inodes(shell: Shell): Promise<ReadonlyMap<NamespaceFile, number>> {
  const printed = await shell.type(
    `for n in ${KINDS.join(' ')}; do readlink /proc/self/ns/$n; done`,
  );
  const numbers = printed.split(/\s+/).map((line) => Number(/\[(\d+)\]/.exec(line)?.[1]));
  return new Map(KINDS.map((kind, index) => [kind, numbers[index] ?? Number.NaN]));
}

testRequirement('NS-07', async (context) => {
  await context.say(
    'On the host, make namespaces that nobody is in yet: a file keeps each of them.',
  );
  const place = makePlace(context);
  const maker = await openHostShell(context, 'the host, where the namespaces are made', 'subject');
  await maker.type(
    `P=${place}; mount -t tmpfs tmpfs $P && mount --make-private $P && touch $P/uts $P/ipc $P/mnt`,
  );
  const network = await makeNetwork(context, maker, place);
  await maker.type('unshare --uts=$P/uts --ipc=$P/ipc --mount=$P/mnt true');
  await context.say('A PID namespace lives as long as its process 1: here that one sleeps.');
  const pid = await makePid(context, maker, place);
  const [mnt, uts, ipc] = [join(place, 'mnt'), join(place, 'uts'), join(place, 'ipc')];
  const files: Readonly<Partial<Record<NamespaceFile, string>>> = {
    net: network,
    mnt,
    pid,
    uts,
    ipc,
  };

  await context.say('Open a container shell and pass the files as arguments.');
  const joined = [
    '--pid',
    `ns:${pid}`,
    '--uts',
    `ns:${uts}`,
    '--ipc',
    `ns:${ipc}`,
    '--mount-ns',
    `ns:${mnt}`,
  ];
  const { shell, host } = await openShell(context, {
    hostname: 'joined',
    network: `ns:${network}`,
    further: joined,
  });
  const inside = await inodes(shell);
  expect(await shell.type('ps -o pid,comm | grep sleep')).toMatch(/^\s*1 sleep$/);
  expect(await shell.type('ls /')).toContain('README');

  await context.say('The control: without these arguments the namespaces are new ones.');
  const { shell: without } = await openShell(context, { hostname: 'unjoined' }, 'control');
  const control = await inodes(without);
  for (const kind of KINDS) {
    const file = statSync(files[kind] ?? '').ino;
    expect(inside.get(kind), kind).toBe(file);
    expect(host.namespace(kind)).toBe(`${kind}:[${file}]`);
    context.observe({
      label: `${kind}: ${files[kind]}`,
      inside: inside.get(kind),
      host: file,
      control: control.get(kind),
      decisive: true,
    });
  }
  const same = KINDS.filter((kind) => control.get(kind) === inside.get(kind));
  context.control('a container without these arguments', {
    outcome: same.length === 0 ? 'opposite' : 'same',
    observed:
      same.length === 0 ? 'none of the five is joined' : `joined all the same: ${same.join(', ')}`,
  });
  await context.say(
    'The namespaces outlive the container: the UTS namespace still has the name that it was given.',
  );
  expect(await shell.exit()).toBe(0);
  expect(await maker.type('nsenter --uts=$P/uts hostname')).toBe('joined');
});
