// A container that runs on without a terminal: found, entered, looked at, ended and deleted by its name.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { expect } from 'vitest';
import { eventually, Host } from './support/host.ts';
import { openTerminal } from './support/host-shells.ts';
import { requirement } from './support/requirement.ts';
import { openShell } from './support/session.ts';
import { terrarium } from './support/subject.ts';

requirement('CLI-05', async (context) => {
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
