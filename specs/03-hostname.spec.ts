// The hostname: what was passed as an argument is what the shell shows, and nobody outside notices.
import { hostname as hostsOwnName } from 'node:os';
import { expect } from 'vitest';
import { statusOf } from './support/host.ts';
import { requirement } from './support/requirement.ts';
import { openHostShell, openShell } from './support/session.ts';

requirement('HOST-01', async (context) => {
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
  context.observe({ label: 'hostname', inside, host: hostsOwnName(), control: outside, decisive: true });
  context.control('hostname on the host, outside of any container', {
    outcome: outside === 'web1' ? 'same' : 'opposite',
    observed: outside,
  });
  expect(await shell.exit()).toBe(0);
});
