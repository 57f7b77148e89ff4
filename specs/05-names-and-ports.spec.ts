// What a program finds in a container's network without any configuration: its own name, and ports
// for every user.
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { testRequirement } from './suite.ts';
import { openShell } from './support/session.ts';

testRequirement('NET-07', { promisedBy: 'terrarium' }, async (context) => {
  await context.say('Open a container shell, and ask for its own name: by ping, and in the file.');
  const container = await openShell(context, { hostname: 'web.example.org' });
  const { shell } = container;
  const own = (await context.host.pair(container)).container.address;
  const full = await shell.type('ping -c 1 -W 1 web.example.org | head -n 1');
  const short = await shell.type('ping -c 1 -W 1 web | head -n 1');
  expect([full, short]).toEqual([
    `PING web.example.org (${own}): 56 data bytes`,
    `PING web (${own}): 56 data bytes`,
  ]);
  expect(await shell.type('grep web /etc/hosts')).toBe(`${own}\tweb.example.org web`);
  await context.say('The control: a file of the host over /etc/hosts wins, and has no such name.');
  const file = join(tmpdir(), `hosts-${shell.pid}`);
  writeFileSync(file, '127.0.0.1 localhost\n');
  context.onCleanup(async () => rmSync(file));
  const bare = await openShell(context, { volumes: [`${file}:/etc/hosts:ro`] }, 'control');
  const unknown = await bare.shell.type('ping -c 1 -W 1 box 2>&1');
  context.observe({
    label: 'ping of its own name',
    inside: full,
    control: unknown,
    decisive: true,
  });
  context.observe({ label: 'of its first part', inside: short });
  context.control('a container whose /etc/hosts is given', {
    outcome: /bad address/.test(unknown) ? 'opposite' : 'same',
    observed: unknown,
  });
});

testRequirement('NET-08', async (context) => {
  const user = ['--user', 'student', '--cap-drop', 'ALL'];
  const answer = /^(listening on \S+:80|\w+: E\w+)$/m;
  await context.say('Open a shell for a user who is not root and has no capability.');
  const { shell } = await openShell(context, { further: user });
  expect(await shell.type('id -u; grep CapEff /proc/self/status')).toMatch(/^1000\nCapEff:\s+0+$/);
  await context.say('It serves on port 80, for which root is needed elsewhere.');
  const served = (await shell.start('echo-server 80', answer)).trim();
  expect(served).toMatch(/^listening on /);
  await shell.press('C-c');
  await shell.prompt();
  const range = await shell.type('cat /proc/sys/net/ipv4/ping_group_range');
  expect(range.split(/\s+/)).toEqual(['0', '2147483647']);
  await context.say("The control: in the host's network it may not.");
  const control = await openShell(context, { network: 'host', further: user }, 'control');
  const refused = (await control.shell.start('echo-server 80', answer)).trim();
  context.observe({ label: 'echo-server 80', inside: served, control: refused, decisive: true });
  context.observe({ label: 'groups that may ping', inside: range });
  context.control("the same user in the host's network", {
    outcome: /EACCES/.test(refused) ? 'opposite' : 'same',
    observed: refused,
  });
});
