// Processes: what ps shows inside and the host sees, signals that reach nobody outside, and who
// reaps orphans.
import { execa } from 'execa';
import { expect } from 'vitest';
import { namespaceOf, statusOf } from '../harness/observe/process.ts';
import { testRequirement } from './suite.ts';
import { openHostShell, openShell } from './support/session.ts';

/** Rows of `ps -o pid,args`, without the heading. */
function rows(text: string): { readonly pid: number; readonly command: string }[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, ...command]) => ({ pid: Number(pid), command: command.join(' ') }));
}

/** A process's number in the innermost PID namespace it is in. */
function numberInside(pid: number): number {
  return Number(statusOf(pid, 'NSpid').split(/\s+/).at(-1));
}

testRequirement('PS-01', async (context) => {
  await context.say('Open a container shell, start two programs in the background and ask ps.');
  const { shell, host } = await openShell(context);
  await shell.type('sleep 1001 & sleep 1002 &');
  await host.executes('sleep 1001', 'sleep 1002');
  const shown = rows(await shell.type('ps -o pid,args'));
  const [ps, ...others] = shown.toReversed();
  expect(ps?.command).toMatch(/ps/);
  expect(others.map(({ command }) => command)).toEqual(['sleep 1002', 'sleep 1001', '/bin/sh']);
  expect(shown[0]?.pid).toBe(1);
  await context.say(
    'The same list by the host: every process of that PID namespace, by its number inside. Only ps itself has ended.',
  );
  const listed = others.map(({ pid }) => pid).reverse();
  const counted = host
    .processes()
    .map(numberInside)
    .sort((a, b) => a - b);
  expect(counted).toEqual(listed);

  await context.say('The control: ps on the host shows the process that runs this test.');
  const control = await openHostShell(context);
  const everything = rows(await control.type('ps -o pid,args'));
  const itself = everything.find(({ pid }) => pid === process.pid);
  const insideToo = shown.some(
    ({ command }) => command.includes('terrarium') || command.includes('vitest'),
  );
  expect(insideToo).toBe(false);
  context.observe({
    label: 'processes in ps',
    inside: listed.length,
    host: counted.length,
    control: everything.length,
    decisive: true,
  });
  context.control('ps on the host', {
    outcome: itself ? 'opposite' : 'same',
    observed: `${everything.length} processes, ${itself ? `this test as ${itself.pid} among them` : 'this test not among them'}`,
  });
});

testRequirement('PS-02', async (context) => {
  await context.say('Start a program inside and note its number.');
  const { shell, host } = await openShell(context);
  const inside = Number(await shell.type('sleep 1003 & echo $!'));
  await context.say('Find the same process on the host: it has a second number there.');
  const outside = host.processes().find((pid) => numberInside(pid) === inside);
  if (outside === undefined)
    throw new Error(`no process of the container has the number ${inside} inside`);
  await host.executes('sleep 1003');
  expect(outside).not.toBe(inside);
  expect(statusOf(outside, 'NSpid').split(/\s+/).map(Number)).toEqual([outside, inside]);
  expect(host.status('NSpid').split(/\s+/).map(Number)).toEqual([host.pid, 1]);
  await context.say(
    'The control: a program started on the host has one number, the same from wherever one looks.',
  );
  const control = await openHostShell(context);
  const free = Number(await control.type('sleep 1003 & echo $!'));
  context.onCleanup(() => process.kill(free));
  const numbers = statusOf(free, 'NSpid').split(/\s+/).map(Number);
  context.observe({
    label: 'number of sleep where it was started',
    inside,
    control: free,
    decisive: true,
  });
  context.observe({
    label: 'its numbers on the host',
    host: statusOf(outside, 'NSpid').replace(/\s+/, ' = '),
    control: numbers.join(' '),
  });
  context.control('the same program started on the host', {
    outcome: numbers.length === 1 && numbers[0] === free ? 'opposite' : 'same',
    observed: `started as ${free}, on the host ${numbers.join(' = ')}`,
  });
});

testRequirement('PS-03', async (context) => {
  await context.say('On the host a program waits for signals, and prints each that arrives.');
  const victim = await openHostShell(context, 'the host, where a program waits for signals');
  const waiting = await victim.start('signal-sink', /waiting as PID \d+\n/);
  const target = Number(/\d+/.exec(waiting)?.[0]);
  await context.say(
    'From inside, as root, send it signals by its number: there is no such process.',
  );
  const { shell, host } = await openShell(context);
  const refused = await shell.type(`kill -TERM ${target}; kill -9 ${target}`);
  expect(refused.split('\n')).toEqual(Array(2).fill(expect.stringMatching(/No such process$/)));

  // Were the namespace shared, the next line would end everything on this machine.
  expect(host.namespace('pid')).not.toBe(namespaceOf('self', 'pid'));
  expect(await shell.type('echo $$')).toBe('1');
  await context.say(
    'kill -9 -1 means everybody. Inside it ends all but the shell, which is process 1; outside it ends nobody.',
  );
  await shell.type('sleep 1004 & sleep 1005 &');
  expect(host.processes()).toHaveLength(3);
  expect(await shell.type('kill -9 -1; wait; echo alive')).toMatch(/^alive/);
  expect(host.processes()).toEqual([host.pid]);

  await context.say(
    'The control: somebody on the host sends the same program a signal, and it is the first that arrives.',
  );
  const sender = await execa('sh', ['-c', `kill -TERM ${target}; echo $$`]);
  await victim.until(/SIG\w+ from .*\n/);
  const arrived = victim.screen.split('\n').filter((line) => line.startsWith('SIG'));
  expect(arrived).toEqual([`SIGTERM from PID ${sender.stdout}`]);
  context.observe({
    label: `kill ${target}`,
    inside: refused.split('\n')[0],
    control: arrived[0],
    decisive: true,
  });
  context.control('kill from the host', {
    outcome: arrived.length > 0 ? 'opposite' : 'same',
    observed: arrived.join(', '),
  });
});

testRequirement('PS-04', async (context) => {
  const make = 'zombie-maker 20';
  await context.say(
    'With --init, make 20 processes whose parents are gone, and let them end. Process 1 is theirs to reap them.',
  );
  const { shell, host } = await openShell(context, { init: true });
  expect(await shell.type('echo $$')).not.toBe('1');
  const reaped = await shell.type(make);
  expect(reaped).toBe('orphans: 20, adopted by PID 1\nzombies: 0');
  expect(host.programs().filter(({ state }) => state === 'Z')).toEqual([]);
  await context.say('Again in place of the shell, so that no shell can have reaped them.');
  const inside = zombies(await shell.start(`exec ${make}`, /zombies: \d+/));
  expect(inside).toBe(0);
  expect(await shell.ended()).toBe(0);

  await context.say(
    'The control: without --init that program is process 1 itself, has never heard of its new children, and they stay zombies.',
  );
  const control = await openShell(context, { hostname: 'without' }, 'control');
  const left = zombies(await control.shell.start(`exec ${make} --wait 100`, /zombies: \d+/));
  context.observe({ label: `zombies left of 20`, inside, host: 0, control: left, decisive: true });
  context.control('the same program as process 1, without --init', {
    outcome: left > 0 ? 'opposite' : 'same',
    observed: `${left} zombies`,
  });
});

function zombies(text: string): number {
  return Number(/zombies: (\d+)/.exec(text)?.[1] ?? Number.NaN);
}
