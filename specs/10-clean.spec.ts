// Nothing of a container stays on the host: after its shell's exit, after kill -9, after a step
// that fails, after starts at once.
import { randomBytes } from 'node:crypto';
import { truncateSync } from 'node:fs';
import { expect } from 'vitest';
import { hasController } from '../harness/observe/features.ts';
import { eventually, Host } from '../harness/observe/process.ts';
import { testRequirement } from './suite.ts';
import { openTerminal } from './support/host-shells.ts';
import { DEFAULT_ROOTFS, journalOf } from './support/places.ts';
import type { Context } from './support/session.ts';
import { type ContainerShell, openShell } from './support/session.ts';
import { hostPid, type ShellOptions, terrarium } from './support/subject.ts';
import {
  counted,
  isThere,
  type Known,
  knownOf,
  tracesInTheEnd,
  tracesOf,
} from './support/traces.ts';

/** Something of every kind that a container can have. */
const EVERYTHING: ShellOptions = {
  memory: '64m',
  cpus: '0.5',
  pidsLimit: '50',
  ...(hasController('cpuset') ? { cpusetCpus: '0' } : {}),
  tmpfs: ['/mnt'],
  volumes: ['/usr:/srv:ro'],
};

/** Leaves work behind, and answers all that the host sees of the container. */
async function busy({ shell, host, name }: ContainerShell): Promise<Known> {
  await shell.type('sh -c "setsid sleep 300 >/dev/null 2>&1 </dev/null &"');
  await shell.type('head -c 1000000 /dev/zero > /mnt/file');
  return knownOf(host, name, shell.pid);
}

/**
 * The same look while it ran: had it found nothing then, finding nothing afterwards would show
 * nothing.
 */
function record(
  context: Context,
  label: string,
  before: readonly string[],
  after: readonly string[],
): void {
  context.observe({ label, host: counted(after), control: counted(before), decisive: true });
  context.artefact({
    name: `${label}: the host while it ran`,
    mediaType: 'text/plain',
    text: `${before.join('\n')}\n`,
  });
  const kinds = ['cgroup', 'link', 'state', 'address', 'process', 'namespace'];
  const seen = kinds.filter((kind) => before.some((trace) => trace.startsWith(kind)));
  context.control('the same look at the host while the container runs', {
    outcome: seen.length === kinds.length ? 'opposite' : 'same',
    observed: counted(before),
  });
}

testRequirement('CLEAN-01', async (context) => {
  await context.say(
    'Open a container shell with limits, a network, mounts and a daemon, and see what the host has of it.',
  );
  const box = await openShell(context, EVERYTHING);
  const known = await busy(box);
  const before = tracesOf(known);
  await context.say(`${counted(before)}. Now the shell exits.`);
  expect(await box.shell.exit()).toBe(0);
  const after = await tracesInTheEnd(known);
  await context.say(`Left on the host: ${counted(after)}.`);
  expect(after).toEqual([]);
  record(context, 'after exit', before, after);
});

testRequirement('CLEAN-02', async (context) => {
  await context.say(
    'Open a container shell, leave a daemon in it, and kill its runtime with kill -9: nobody can clean up.',
  );
  const box = await openShell(context, EVERYTHING);
  const known = await busy(box);
  const before = tracesOf(known);
  box.shell.kill('SIGKILL');
  await context.say('The kernel ends the container with it, the daemon too.');
  await eventually('every process has ended', () => !known.processes.some(isThere));
  const left = tracesOf(known);
  await context.say(
    `Still there: ${counted(left)}. terrarium gc takes back what is written in the journal.`,
  );
  const terminal = await openTerminal(context);
  await terminal.type('terrarium gc');
  const after = await tracesInTheEnd(known);
  expect(after).toEqual([]);
  context.observe({ label: 'before gc', host: counted(left) });
  expect(await terminal.type(`terrarium state ${box.name}`)).toContain(
    `there is no container ${box.name}`,
  );
  record(context, 'after kill -9 and gc', before, after);
});

testRequirement('CLEAN-03', async (context) => {
  const terminal = await openTerminal(context);
  const name = `clean-03-${randomBytes(3).toString('hex')}`;
  const start = `terrarium shell default box --name ${name} --memory 64m --pids-limit 20`;
  await context.say('A container that runs, to see what one has on the host. That is the control.');
  context.onCleanup(() => terrarium(['delete', '--force', name]));
  await terminal.type(`${start} --detach -- sleep 300`);
  const known = knownOf(new Host(await hostPid(name), name), name);
  const before = tracesOf(known);
  await terminal.type(`terrarium delete --force ${name}`);
  expect(await tracesInTheEnd(known)).toEqual([]);

  const theirs = before.find((trace) => trace.startsWith('cgroup '))?.slice('cgroup '.length) ?? '';
  const faults = [
    [
      'early: a control group of that name is in use, and not its own',
      [
        `mkdir ${theirs}; p=$(sleep 300 >/dev/null & echo $!); echo $p > ${theirs}/cgroup.procs`,
        `${start} -- true; echo $?`,
        `kill $p; while kill -0 $p 2>/dev/null; do sleep .01; done; rmdir ${theirs}`,
      ].join('; '),
    ],
    [
      'in the middle: a mount whose target is below a file',
      `${start} --volume /usr:/etc/passwd/below -- true; echo $?`,
    ],
    ['late: the command is not there', `${start} -- no-such-command; echo $?`],
  ] as const;
  for (const [which, line] of faults) {
    await context.say(`The same with a step that fails, ${which}.`);
    const printed = await terminal.type(line);
    // kill and rmdir would complain, had the start that failed taken away what was not its own.
    expect(printed).toMatch(/setup \d+\/\d+ [\s\S]*\n12[57]$/);
    const after = await tracesInTheEnd(known);
    expect(after).toEqual([]);
    context.observe({
      label: which,
      inside: printed.split('\n')[0],
      host: counted(after),
      control: counted(before),
      decisive: true,
    });
  }
  record(context, 'after the last of them', before, tracesOf(known));
});

testRequirement('CLEAN-04', async (context) => {
  const prefix = `clean-04-${randomBytes(3).toString('hex')}`;
  const names = ['a', 'b', 'c', 'd'].map((letter) => `${prefix}-${letter}`);
  for (const name of [...names, `${prefix}-same`])
    context.onCleanup(() => terrarium(['delete', '--force', name]));
  const start = (name: string) =>
    terrarium([
      'shell',
      DEFAULT_ROOTFS,
      'box',
      '--name',
      name,
      '--memory',
      '64m',
      '--detach',
      '--',
      'sleep',
      '300',
    ]);

  await context.say('Four containers are started at the same moment from one root file system.');
  const started = await Promise.all(names.map(start));
  expect(started.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(
    names.map(() => [0, '']),
  );
  const states = await Promise.all(
    names.map(async (name) => (await terrarium(['state', name, '--format', 'json'])).stdout),
  );
  const found: { readonly pid: number; readonly address: string }[] = states.map((state) =>
    JSON.parse(state),
  );
  const addresses = found.map(({ address }) => address);
  await context.say(`All run, each at an address of its own: ${addresses.join(', ')}.`);
  expect(new Set(addresses).size).toBe(names.length);
  const hosts = found.map(({ pid }, index) => new Host(pid, names[index] ?? ''));
  const networks = new Set(hosts.map((host) => host.namespace('net')));
  expect(networks.size).toBe(names.length);

  await context.say(
    'The control: two that want the same name do collide. Exactly one gets it, the other is told.',
  );
  const same = `${prefix}-same`;
  const both = await Promise.all([start(same), start(same)]);
  const codes = both.map(({ exitCode }) => exitCode).sort();
  const loser = both.find(({ exitCode }) => exitCode !== 0)?.stderr ?? '';
  expect(loser).toContain(`container ${same} exists already`);
  const winner = new Host(await hostPid(same), same);
  expect(winner.status('State')).toMatch(/^S/);

  await context.say('All are deleted, at the same moment again: nothing of any is left.');
  const all = [...hosts, winner].map((host) => knownOf(host, host.id));
  const before = all.flatMap(tracesOf);
  await Promise.all(all.map(({ name }) => terrarium(['delete', '--force', name])));
  const after = (await Promise.all(all.map(tracesInTheEnd))).flat();
  expect(after).toEqual([]);
  context.observe({ label: 'addresses', inside: addresses.join(', '), decisive: true });
  context.observe({
    label: 'exit codes',
    host: started.map(({ exitCode }) => exitCode).join(', '),
    control: codes.join(', '),
    decisive: true,
  });
  context.observe({
    label: 'after deletion',
    host: counted(after),
    control: counted(before),
    decisive: true,
  });
  context.control('two starts at once with the same name', {
    outcome: codes.join() === '0,125' ? 'opposite' : 'same',
    observed: loser.split('\n')[0] ?? '',
  });
});

testRequirement('CLEAN-06', async (context) => {
  const terminal = await openTerminal(context);
  const name = `clean-06-${randomBytes(3).toString('hex')}`;
  const [healthy, damaged] = [`${name}-a`, `${name}-b`];
  for (const id of [healthy, damaged])
    context.onCleanup(() => terrarium(['delete', '--force', id]));
  await context.say('Two containers run.');
  for (const id of [healthy, damaged])
    await terminal.type(`terrarium shell default box --name ${id} --detach -- sleep 300`);
  const known = knownOf(new Host(await hostPid(damaged), damaged), damaged);
  const before = tracesOf(known);
  const list = () => terminal.type(`terrarium list --quiet 2>/dev/null | grep ${name}`);
  const whole = await list();
  expect(whole.split('\n')).toEqual([healthy, damaged]);

  await context.say('Of one journal only the beginning is left, as after a crash of the disk.');
  truncateSync(journalOf(damaged), 100);
  const rest = await list();
  expect(rest).toBe(healthy);
  const said = await terminal.type(`terrarium list 2>&1 >/dev/null | grep ${name}; echo $?`);
  expect(said).toMatch(/ is cut off in its first line: `terrarium delete --force [\s\S]*\n0$/);
  await context.say('gc says so and leaves it alone. Deleted by its name it leaves nothing.');
  expect(await terminal.type(`terrarium gc 2>&1 | grep ${name}`)).toMatch(/: left alone: /);
  expect(tracesOf(known)).toEqual(before);
  await terminal.type(`terrarium delete --force ${damaged}`);
  const after = await tracesInTheEnd(known);
  expect(after).toEqual([]);
  expect(await list()).toBe(healthy);
  context.observe({ label: 'listed', inside: rest, control: whole, decisive: true });
  context.observe({ label: 'of the damaged one', host: counted(after), control: counted(before) });
  context.control('the same list before the journal was cut', {
    outcome: whole === rest ? 'same' : 'opposite',
    observed: whole,
  });
});
