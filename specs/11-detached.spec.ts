// A container that runs on without a terminal: found, entered, looked at, ended and deleted by its
// name.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { expect } from 'vitest';
import { eventually, Host } from '../harness/observe/process.ts';
import { testRequirement } from './suite.ts';
import { openTerminal } from './support/host-shells.ts';
import { openShell } from './support/session.ts';
import { terrarium } from './support/subject.ts';

testRequirement('CLI-05', async (context) => {
  const terminal = await openTerminal(context);
  const name = `cli-05-${randomBytes(3).toString('hex')}`;
  context.onCleanup(() => terrarium(['delete', '--force', name]));
  await context.say(
    'A container is started in the background: the command answers its id, and the prompt is back.',
  );
  const workload = "sh -c 'echo ready; exec signal-sink'";
  expect(await terminal.type(`terrarium shell default web -d -n ${name} -- ${workload}`)).toBe(
    name,
  );
  await context.say(
    'What it writes is kept: logs shows it, and goes on with --follow until Ctrl-C.',
  );
  await terminal.start(`terrarium logs --follow ${name}`, /^ready\nwaiting as PID 1$/m);
  await terminal.press('C-c');
  await terminal.prompt();
  await context.say('list and state show it, and the process they name is there on the host.');
  expect(await terminal.type(`terrarium list | grep ${name}`)).toMatch(
    new RegExp(`^${name} +running +\\d+ +web `),
  );
  const pid = Number(
    /"pid": (\d+)/.exec(await terminal.type(`terrarium state ${name} --format json`))?.[1],
  );
  const host = new Host(pid, name);
  expect(host.status('NSpid')).toBe(`${pid}\t1`);

  await context.say('exec enters it: with a terminal for a person, without one for a pipe.');
  expect(await terminal.type(`terrarium exec ${name} -- sh -c 'hostname; tty'`)).toMatch(
    /^web\n\/dev\/pts\/\d+$/,
  );
  expect(
    await terminal.type(
      `echo 'echo $((6 * 7)); tty; exit 5' | terrarium exec ${name} -- sh; echo $?`,
    ),
  ).toBe('42\nnot a tty\n5');
  await context.say('ps and stats tell what it does.');
  expect(await terminal.type(`terrarium ps ${name}`)).toMatch(
    new RegExp(`^ *PID +HOST PID.*\\n +1 +${pid} .* signal-sink$`),
  );
  expect(await terminal.type(`terrarium stats ${name}`)).toMatch(/^processes +1$/m);
  await context.say('It outlives the terminal it was started from.');
  await terminal.close();
  expect(host.status('NSpid')).toBe(`${pid}\t1`);

  await context.say('The control: a container in the foreground goes with its terminal.');
  const foreground = await openShell(context, { network: 'none' }, 'control');
  await foreground.shell.close();
  await eventually(
    'the foreground container is gone',
    () => !existsSync(`/proc/${foreground.host.pid}`),
  );
  const after = (first: number) => (existsSync(`/proc/${first}`) ? 'runs on' : 'has ended');
  context.observe({
    label: 'its terminal closed',
    host: after(pid),
    control: after(foreground.host.pid),
    decisive: true,
  });
  context.control('the terminal of a container in the foreground is closed', {
    outcome: after(foreground.host.pid) === after(pid) ? 'same' : 'opposite',
    observed: `it ${after(foreground.host.pid)}`,
  });

  await context.say(
    'It is not deleted while it runs; kill ends it, its end is known, and delete takes the rest away.',
  );
  const second = await openTerminal(context);
  expect(await second.type(`terrarium delete ${name}; echo $?`)).toMatch(/is running[\s\S]*\n125$/);
  await second.type(`terrarium kill ${name}`);
  await eventually('signal-sink has ended', () => !existsSync(`/proc/${pid}`));
  const stopped = await second.type(`terrarium state ${name}`);
  expect(stopped).toMatch(/status +stopped/);
  expect(stopped).toMatch(/exitCode +0/);
  expect(await second.type(`terrarium logs ${name} | tail -n 1`)).toBe('SIGTERM from PID 0');
  expect(await second.type(`terrarium delete ${name}`)).toBe(name);
  expect(await second.type(`terrarium state ${name}`)).toContain(`there is no container ${name}`);
  context.observe({
    label: 'after kill',
    inside: 'SIGTERM from PID 0',
    host: stopped.replaceAll(/\n/g, ', '),
    decisive: true,
  });
});

testRequirement('CLI-12', async (context) => {
  const terminal = await openTerminal(context);
  const name = `cli-12-${randomBytes(3).toString('hex')}`;
  const control = `${name}-control`;
  for (const id of [name, control]) context.onCleanup(() => terrarium(['delete', '--force', id]));
  const program = 'default/bin/busybox';
  const start = (id: string, ...options: readonly string[]) =>
    terminal.type(
      `terrarium shell default log -d -n ${id} ${options.join(' ')} -- cat /bin/busybox`,
    );
  const ended = (id: string) => terminal.type(`terrarium logs --follow ${id} >/dev/null`);
  const sum = async (command: string) => (await terminal.type(`${command} | md5sum`)).split(' ')[0];

  await context.say('A program is written to the log: 64 KiB at most, and as much of before.');
  await start(name, '--log-max-size', '64k');
  await ended(name);
  const size = Number(await terminal.type(`terrarium logs ${name} | wc -c`));
  const whole = Number(await terminal.type(`cat ${program} | wc -c`));
  expect(whole).toBeGreaterThan(131_072);
  expect(size).toBe(65_536 + (whole % 65_536 || 65_536));
  await context.say('What is kept are its last bytes, none of them changed.');
  const kept = await sum(`terrarium logs ${name}`);
  expect(kept).toBe(await sum(`tail -c ${size} ${program}`));

  await context.say('The control: with the usual maximum size the log has all of it.');
  await start(control);
  await ended(control);
  const all = await sum(`terrarium logs ${control}`);
  expect(all).toBe(await sum(`cat ${program}`));
  context.observe({
    label: 'what it wrote, with and without a small maximum',
    inside: `${size} of ${whole} bytes, unchanged`,
    control: `${whole} of ${whole} bytes, unchanged`,
    decisive: true,
  });
  context.control('the same without a small maximum', {
    outcome: all === kept ? 'same' : 'opposite',
    observed: `all ${whole} bytes are kept`,
  });
});
