// Several container shells at once: the same port, and neither processes, names, files, IPC objects
// nor signals of one another.
import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { execa } from 'execa';
import { expect } from 'vitest';
import { namespaceOf } from '../harness/observe/process.ts';
import { testRequirement } from './suite.ts';
import { openParentShell } from './support/network.ts';
import type { Context } from './support/session.ts';
import { type ContainerShell, onHost, openHostShell, openShell } from './support/session.ts';

async function openTwo(
  context: Context,
  title: string,
): Promise<readonly [ContainerShell, ContainerShell]> {
  await context.say(title);
  return Promise.all([
    openShell(context, { hostname: 'web1' }),
    openShell(context, { hostname: 'web2' }),
  ]);
}

testRequirement('MULTI-01', async (context) => {
  const [web1, web2] = await openTwo(
    context,
    'Open two container shells, and start a server in each: both listen on port 8080.',
  );
  const [ends1, ends2] = [await context.host.pair(web1), await context.host.pair(web2)];
  await web1.shell.start('echo-server 8080', /listening on 0\.0\.0\.0:8080\n/);
  await web2.shell.start('echo-server 8080', /listening on 0\.0\.0\.0:8080\n/);

  await context.say(
    'A client in the parent namespace reaches each under its own address: the greeting says who answered.',
  );
  const parent = await openParentShell(context);
  const answers = [
    await parent.type(`echo-client ${ends1.container.address} 8080 one`),
    await parent.type(`echo-client ${ends2.container.address} 8080 two`),
  ];
  const greeters = answers.map(
    (answer) => /^greeting hello from (\S+), you are /m.exec(answer)?.[1],
  );
  expect(greeters).toEqual(['web1', 'web2']);
  expect(answers.map((answer) => /^echo (.*)$/m.exec(answer)?.[1])).toEqual(['one', 'two']);
  await web1.shell.until(new RegExp(`peer ${ends1.parent.address}:\\d+\n`));
  await web2.shell.until(new RegExp(`peer ${ends2.parent.address}:\\d+\n`));

  await context.say(
    'The control: of two ordinary shells on the host, the second cannot listen on the first one’s port.',
  );
  const [first, second] = [
    await openHostShell(context, 'first shell on the host'),
    await openHostShell(context, 'second shell on the host'),
  ];
  const port = /:(\d+)\n/.exec(await first.start('echo-server 0', /listening on \S+\n/))?.[1];
  const refused = await second.start(`echo-server ${port}`, /.*\n/);
  context.observe({
    label: 'second server on the same port',
    inside: 'listening',
    control: refused.split('\n')[0],
    decisive: true,
  });
  context.observe({
    label: 'who answers at port 8080',
    inside: 'web1, web2',
    host: greeters.join(', '),
    decisive: true,
  });
  context.control('a second server on the same port of the host', {
    outcome: /^bind: EADDRINUSE\n/.test(refused) ? 'opposite' : 'same',
    observed: refused.split('\n')[0] ?? '',
  });
});

testRequirement('MULTI-02', async (context) => {
  const [web1, web2] = await openTwo(
    context,
    'Open two container shells, and leave a process running in each.',
  );
  const [first, second] = [
    `echo-server ${randomInt(20_000, 40_000)}`,
    `echo-server ${randomInt(40_000, 60_000)}`,
  ];
  // A program that says so when it runs: until it is executed, ps shows a second shell.
  await web1.shell.background(`${first} &`, /listening on \S+\n/);
  await web2.shell.background(`${second} &`, /listening on \S+\n/);
  await context.say(
    'ps in each shows its own process, and PID 1 is its own shell. Nothing of the other.',
  );
  const [ps1, ps2] = [
    await web1.shell.type('ps -o pid,args'),
    await web2.shell.type('ps -o pid,args'),
  ];
  expect(ps1).toContain(first);
  expect(ps1).not.toContain(second);
  expect(ps2).toContain(second);
  expect(ps2).not.toContain(first);
  for (const shown of [ps1, ps2]) expect(shown).toMatch(/^ +1 \/bin\/sh$/m);
  const [own, others] = [web1.host.processes(), web2.host.processes()];
  expect(own.filter((pid) => others.includes(pid))).toEqual([]);
  expect([own.length, others.length]).toEqual([2, 2]);

  await context.say(
    'The control: ps on the host, in the PID namespace above both, shows them side by side.',
  );
  const host = await openHostShell(context);
  const side = await host.type(
    `ps -o pid,args | grep -E '[e]cho-server (${first.slice(12)}|${second.slice(12)})'`,
  );
  const both = side.includes(first) && side.includes(second);
  context.observe({
    label: 'web1’s process',
    inside: 'in web1’s ps, not in web2’s',
    host: own.join(' '),
    control: side.includes(first),
    decisive: true,
  });
  context.observe({
    label: 'web2’s process',
    inside: 'in web2’s ps, not in web1’s',
    host: others.join(' '),
    control: side.includes(second),
    decisive: true,
  });
  context.control('ps where both are seen', {
    outcome: both ? 'opposite' : 'same',
    observed: side.replaceAll('\n', '; '),
  });
});

testRequirement('MULTI-03', async (context) => {
  const [web1, web2] = await openTwo(
    context,
    'Open two container shells with the hostnames web1 and web2.',
  );
  const names = [await web1.shell.type('hostname'), await web2.shell.type('hostname')];
  expect(names).toEqual(['web1', 'web2']);
  expect(web1.host.namespace('uts')).not.toBe(web2.host.namespace('uts'));
  await context.say(
    'Open a third, named web3: the name of the first stays, and so does that of the second.',
  );
  const web3 = await openShell(context, { hostname: 'web3' });
  const later = [
    await web1.shell.type('hostname'),
    await web2.shell.type('hostname'),
    await web3.shell.type('hostname'),
  ];
  expect(later).toEqual(['web1', 'web2', 'web3']);

  await context.say(
    'The control: the host enters the first one’s UTS namespace and sets a name there. Now the first has it.',
  );
  await execa('nsenter', [`--uts=/proc/${web1.host.pid}/ns/uts`, 'hostname', 'web4']);
  const shared = (await web1.shell.start('hostname', /.*\n/)).split('\n')[0] ?? '';
  context.observe({
    label: 'hostname in the first shell',
    inside: later[0],
    control: shared,
    decisive: true,
  });
  context.observe({ label: 'hostname in the second shell', inside: later[1], decisive: true });
  context.control('hostname in the first shell, after it was set in that UTS namespace', {
    outcome: shared === 'web4' ? 'opposite' : 'same',
    observed: shared,
  });
});

testRequirement('MULTI-04', async (context) => {
  const [web1, web2] = await openTwo(
    context,
    'Open two container shells, and make a file in tmpfs and four IPC objects in the first.',
  );
  const key = randomInt(1_000_000, 2_000_000_000);
  const file = `/dev/shm/note-${key}`;
  const make = `echo secret >${file}; ipc-maker create ${key}`;
  const look = `cat ${file}; ipc-maker find ${key}`;
  const all = (answer: string): string =>
    ['shm', 'sem', 'msg', 'mq']
      .map((kind) => `${kind}: ${answer}\n`)
      .join('')
      .trimEnd();
  expect(await web1.shell.type(make)).toBe(all('ok'));
  expect(await web1.shell.type(`df -T /dev/shm | tail -n 1`)).toMatch(/ tmpfs /);
  const own = await web1.shell.type(look);
  expect(own).toBe(`secret\n${all('ok')}`);

  await context.say(
    'In the second there is no such file and no such object, and it can make its own under the same names.',
  );
  const other = await web2.shell.type(look);
  expect(other).toBe(`cat: can't open '${file}': No such file or directory\n${all('ENOENT')}`);
  expect(await web2.shell.type(make)).toBe(all('ok'));
  expect(web1.host.namespace('ipc')).not.toBe(web2.host.namespace('ipc'));

  await context.say('The control: on the host, what one process makes another finds.');
  context.onCleanup(async () => {
    await onHost('ipc-maker', ['remove', String(key)]);
    rmSync(file, { force: true });
  });
  const host = await openHostShell(context);
  const before = await host.type(`ipc-maker find ${key}`);
  expect(before).toBe(all('ENOENT'));
  await host.type(make);
  const shared = await host.type(look);
  const oneLine = (text: string): string => text.replace(`'${file}'`, 'it').replaceAll('\n', '; ');
  context.observe({ label: 'what the maker itself finds', inside: oneLine(own) });
  context.observe({
    label: 'what the other finds',
    inside: oneLine(other),
    host: oneLine(before),
    control: oneLine(shared),
    decisive: true,
  });
  context.control('the same by two processes on the host', {
    outcome: shared === own ? 'opposite' : 'same',
    observed: oneLine(shared),
  });
});

testRequirement('MULTI-05', async (context) => {
  const [web1, web2] = await openTwo(
    context,
    'Open two container shells. In the first, a program prints every signal it gets.',
  );
  await web1.shell.background('signal-sink &', /waiting as PID \d+\n/);
  const sink = web1.host.processes().find((pid) => pid !== web1.host.pid) ?? -1;
  expect(sink).toBeGreaterThan(0);

  // Were the namespace shared, the next line would signal everything on this machine.
  for (const { host } of [web1, web2])
    expect(host.namespace('pid')).not.toBe(namespaceOf('self', 'pid'));
  await context.say(
    'From the second: to every process there is (-1), and to the host’s number of that one. Neither finds it.',
  );
  expect(await web2.shell.type('kill -USR1 -1')).toMatch(/No such process/);
  const refused = await web2.shell.type(`kill -USR1 ${sink}`);
  expect(refused).toMatch(/No such process/);

  await context.say(
    'The control: the same from the program’s own container does. Had the first signal come, it would be shown before this one.',
  );
  const shown = await web1.shell.background('kill -USR2 -1', /SIGUSR\d from PID \d+\n/);
  const received = [...web1.shell.screen.matchAll(/SIGUSR\d from PID \d+/g)].map(([line]) => line);
  expect(received).toEqual(['SIGUSR2 from PID 1']);
  context.observe({
    label: 'signals received',
    inside: received.join(', ') || 'none',
    decisive: true,
  });
  context.observe({
    label: `kill -USR1 ${sink}, the host’s number`,
    inside: refused,
    decisive: true,
  });
  context.control('kill -USR2 -1 in the program’s own container', {
    outcome: shown.startsWith('SIGUSR2 ') ? 'opposite' : 'same',
    observed: shown.trim(),
  });
});
