// The hostname: what was passed as an argument is what the shell shows, and nobody outside notices.
import { readFileSync } from 'node:fs';
import { hostname as hostsOwnName } from 'node:os';
import { expect } from 'vitest';
import { statusOf } from '../harness/observe/process.ts';
import { testRequirement } from './suite.ts';
import { openHostShell, openShell } from './support/session.ts';

testRequirement('HOST-01', async (context) => {
  await context.say('Open a container shell with the hostname web1.');
  const { shell, host } = await openShell(context, { hostname: 'web1' });
  const inside = await shell.type('hostname');
  expect(inside).toBe('web1');
  await context.say('Ask the kernel by another way: /proc/sys/kernel/hostname.');
  expect(await shell.type('cat /proc/sys/kernel/hostname')).toBe('web1');
  await context.say('The control: the same command on the host prints another name.');
  const control = await openHostShell(context);
  const outside = await control.type('hostname');
  expect(outside).toBe(hostsOwnName());
  expect(statusOf(host.pid, 'NSpid').split(/\s+/)).toHaveLength(2);
  context.observe({
    label: 'hostname',
    inside,
    host: hostsOwnName(),
    control: outside,
    decisive: true,
  });
  context.control('hostname on the host, outside of any container', {
    outcome: outside === 'web1' ? 'same' : 'opposite',
    observed: outside,
  });
  expect(await shell.exit()).toBe(0);
});

testRequirement('HOST-02', async (context) => {
  const before = hostsOwnName();
  await context.say('Look at the name of the host, then open a container shell with another.');
  const host = await openHostShell(context);
  expect(await host.type('hostname')).toBe(before);
  const { shell } = await openShell(context, { hostname: 'web2' });
  const inside = await shell.type('hostname');
  expect(inside).toBe('web2');
  await context.say('While the container lives, the host still has its own name.');
  const meanwhile = await host.type('cat /proc/sys/kernel/hostname');
  expect(meanwhile).toBe(before);
  await context.say(
    "The control: a container that shares the host's UTS namespace has no other name than the host's.",
  );
  const control = await openShell(
    context,
    { hostname: before, further: ['--uts', 'host'] },
    'control',
  );
  const shared = await control.shell.type('hostname');
  context.observe({ label: 'hostname', inside, host: meanwhile, control: shared, decisive: true });
  context.control('a container with --uts host', {
    outcome: shared === before ? 'opposite' : 'same',
    observed: shared,
  });
  expect(await shell.exit()).toBe(0);
  expect(await host.type('hostname')).toBe(before);
});

testRequirement('HOST-03', async (context) => {
  const before = hostsOwnName();
  await context.say(
    'Open a container shell that may rename its machine (with the usual capabilities it may not), and one that may not.',
  );
  const changer = await openShell(context, {
    hostname: 'web3',
    further: ['--cap-add', 'SYS_ADMIN'],
  });
  const other = await openShell(context, { hostname: 'other' });
  expect(await other.shell.type('hostname renamed')).toMatch(/Operation not permitted$/);
  await context.say(
    'The control stands ready: a third container in the UTS namespace of the first.',
  );
  const sharing = await openShell(
    context,
    { hostname: 'web3', further: ['--uts', `ns:/proc/${changer.host.pid}/ns/uts`] },
    'control',
  );
  await context.say(
    'Change the name in the first. Neither the host nor the second notices; the third, which shares the namespace, does.',
  );
  await changer.shell.type('hostname renamed');
  const inside = await changer.shell.type('hostname');
  expect(inside).toBe('renamed');
  expect(await other.shell.type('hostname')).toBe('other');
  const outside = readFileSync('/proc/sys/kernel/hostname', 'utf8').trim();
  expect(outside).toBe(before);
  const shared = await sharing.shell.type('hostname');
  context.observe({
    label: 'hostname after the change',
    inside,
    host: outside,
    control: shared,
    decisive: true,
  });
  context.control('a container in the same UTS namespace', {
    outcome: shared === 'renamed' ? 'opposite' : 'same',
    observed: shared,
  });
});
