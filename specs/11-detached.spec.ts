// A detached container: found, entered, inspected, ended and deleted by its name.
import { existsSync } from 'node:fs';
import { expect } from 'vitest';
import { eventually, statusOf } from '../harness/observe/process.ts';
import { testRequirement } from './suite.ts';
import { detach, openTerminal, stateAtTheEnd } from './support/host-shells.ts';
import { stateOf, terrarium } from './support/subject.ts';

const CLOSED = 'its first process, after its terminal was closed';

testRequirement('CLI-05', async (context) => {
  const { shell, say, control, outside } = context;
  const terminal = await openTerminal(context);
  await say('Start a container in the background: it prints its id, and the prompt returns.');
  const name = await detach(context, terminal, "sh -c 'echo ready; exec signal-sink'");
  await say('Its output is kept: logs shows it, and with --follow continues until Ctrl-C.');
  await terminal.start(`terrarium logs --follow ${name}`, /^ready\nwaiting as PID 1$/m);
  await terrarium(['kill', name, 'USR1']);
  await terminal.until(/^SIGUSR1 from PID 0$/m);
  await terrarium(['kill', name, '12']);
  await terminal.until(/^SIGUSR2 from PID 0$/m);
  await terminal.press('C-c');
  await terminal.prompt();
  await say('list and state show it, and the process they name exists on the host.');
  const listed = new RegExp(`^${name} +running +\\d+ +box `);
  await expect(terminal).toPrint(`terrarium list | grep ${name}`, listed, 'list');
  const { pid } = await stateOf(name);
  const { host } = terminal.found(pid);
  expect(outside('its PIDs, from the host’s on', host.status('NSpid'))).toBe(`${pid}\t1`);

  await say('exec enters it: with a terminal at a prompt, without one in a pipe.');
  const entered = `terrarium exec ${name} -- sh -c 'hostname; tty'`;
  await expect(terminal).toPrint(entered, /^box\n\/dev\/pts\/\d+$/, 'exec on a terminal');
  const piped = `echo 'echo $((6 * 7)); tty; exit 5' | terrarium exec ${name} -- sh`;
  await expect(terminal).toExitWith(piped, 5, {
    label: 'exit code of exec in a pipe',
    printing: '42\nnot a tty',
  });
  await say('ps and stats show its processes and use.');
  const process = new RegExp(`^ *PID +HOST PID.*\\n +1 +${pid} .* signal-sink$`);
  await expect(terminal).toPrint(`terrarium ps ${name}`, process, 'ps');
  await expect(terminal).toPrint(`terrarium stats ${name}`, /^processes +1$/m, 'stats');

  await say('It outlives its terminal.');
  await terminal.close();
  const runs = (of: number) => ({ host: existsSync(`/proc/${of}`) ? 'runs' : 'has ended' });
  await expect(terminal).toAnswer(CLOSED, () => runs(pid), 'runs');
  await say('The control: a foreground container ends with its terminal.');
  await control(
    () => shell({ network: 'none' }),
    async (foreground) => {
      const first = foreground.host.pid;
      await foreground.close();
      await eventually('it is gone', () => !existsSync(`/proc/${first}`));
      return expect(foreground).toAnswer(CLOSED, () => runs(first), 'has ended');
    },
    'the terminal of a container in the foreground is closed',
  );

  await say('A running container is not deleted; kill ends it, and delete removes the rest.');
  const second = await openTerminal(context);
  await expect(second).toExitWith(`terrarium delete ${name}`, 125, {
    label: 'exit code of delete while it runs',
    printing: /is running/,
  });
  await second.type(`terrarium kill ${name}`);
  await eventually('signal-sink has ended', () => !existsSync(`/proc/${pid}`));
  const { status, exitCode } = await stateAtTheEnd(name);
  expect(outside('after kill', `${status}, exit code ${exitCode}`)).toBe('stopped, exit code 0');
  const last = `terrarium logs ${name} | tail -n 1`;
  await expect(second).toPrint(last, 'SIGTERM from PID 0', 'its last words');
  await expect(second).toPrint(`terrarium delete ${name}`, name, 'delete');
  await expect(second).toExitWith(`terrarium state ${name}`, 125, {
    label: 'exit code of state afterwards',
    printing: new RegExp(`there is no container ${name}`),
  });

  await say('Its exit code or signal is known afterwards.');
  const endOf = async (one: string) => {
    const { exitCode, signal } = await stateAtTheEnd(one);
    return exitCode ?? signal ?? 'unknown';
  };
  const ended = await detach(context, second, "sh -c 'exit 5'");
  expect(outside('end of exit 5', await endOf(ended))).toBe(5);
  const killed = await detach(context, second, 'sleep 1000');
  await second.type(`terrarium kill ${killed} KILL`);
  expect(outside('end by SIGKILL', await endOf(killed))).toBe('SIGKILL');
});

/** Continues a process that may have exited. */
function signalIfThere(pid: number): void {
  if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGCONT');
}

testRequirement('CLI-12', async (context) => {
  const { say, control, inside, onCleanup } = context;
  const terminal = await openTerminal(context);
  const program = 'default/bin/busybox';
  const logged = async (flags: string) => {
    const name = await detach(context, terminal, 'cat /bin/busybox', flags);
    await terminal.type(`terrarium logs --follow ${name} >/dev/null`);
    return `terrarium logs ${name}`;
  };
  const size = async (command: string) => Number(await terminal.type(`${command} | wc -c`));
  const sum = (command: string) => terminal.type(`${command} | md5sum`);

  await say('A program writes to the log: at most 64 KiB, plus as much of the previous file.');
  const log = await logged('--log-max-size 64k');
  const whole = await size(`cat ${program}`);
  expect(whole).toBeGreaterThan(131_072);
  const kept = 65_536 + (whole % 65_536 || 65_536);
  expect(inside('bytes kept', await size(log))).toBe(kept);
  await say('The log keeps its last bytes, unchanged.');
  const digest = 'digest of what is kept';
  await expect(terminal).toPrint(
    `${log} | md5sum`,
    await sum(`tail -c ${kept} ${program}`),
    digest,
  );
  await say('The last output is kept, even if the watcher is late and the file is full.');
  const last = 'until test -e /dev/shm/go; do sleep 0.1; done; exec head -c 60000 /bin/busybox';
  const script = `head -c 40000 /bin/busybox; ${last}`;
  const late = await detach(context, terminal, `sh -c '${script}'`, '--log-max-size 64k');
  while ((await size(`terrarium logs ${late}`)) < 40_000);
  const { pid } = await stateOf(late);
  const watcher = Number(statusOf(pid, 'PPid'));
  process.kill(watcher, 'SIGSTOP');
  onCleanup(() => signalIfThere(watcher));
  await terminal.type(`terrarium exec -T ${late} -- touch /dev/shm/go`);
  await eventually('it has ended', () => statusOf(pid, 'State').startsWith('Z'));
  process.kill(watcher, 'SIGCONT');
  await stateAtTheEnd(late);
  expect(inside('bytes with the last words', await size(`terrarium logs ${late}`))).toBe(100_000);
  await say('The control: with the default size the log has all of it.');
  await control(
    async () => terminal,
    async (one) => {
      const all = await logged('');
      inside('bytes kept', await size(all));
      return expect(one).toPrint(`${all} | md5sum`, await sum(`cat ${program}`), digest);
    },
    'the same without a small maximum',
  );
});
