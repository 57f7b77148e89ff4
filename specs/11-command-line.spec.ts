// The command line as a person meets it: exit codes, pipes, the terminal’s size and keys.
import { expect } from 'vitest';
import { eventually, hasForegroundJob } from '../harness/observe/process.ts';
import { testRequirement } from './suite.ts';
import { openTerminal } from './support/host-shells.ts';
import { openShell } from './support/session.ts';

const ENDS: readonly (readonly [what: string, command: string, exitCode: number])[] = [
  ['success', 'terrarium shell default box --network none -- true', 0],
  ['the command’s own code', "terrarium shell default box --network none -- sh -c 'exit 7'", 7],
  ['a root file system that is not there', 'terrarium shell missing box', 125],
  [
    'a command without execute permission',
    'terrarium shell default box --network none -- /etc/passwd',
    126,
  ],
  ['a command that is not there', 'terrarium shell default box --network none -- missing', 127],
  [
    'ended by a signal of its own, under an init',
    "terrarium shell default box --network none --init -- sh -c 'kill -TERM $$'",
    143,
  ],
];

testRequirement(
  'CLI-01',
  {
    controlFree:
      'an exit code has no unconfined counterpart: the different ends are each other’s control',
  },
  async (context) => {
    const terminal = await openTerminal(context);
    await context.say('The same command line ends in each way it can, and echo $? says which.');
    for (const [what, command, exitCode] of ENDS) {
      await terminal.type(command);
      const said = await terminal.type('echo $?');
      expect([what, said]).toEqual([what, String(exitCode)]);
      context.observe({ label: what, inside: said, decisive: true });
    }
    await context.say('A shell that is left with exit 3 ends the command with 3.');
    const left = await openShell(context, { network: 'none' });
    expect(await left.shell.exit('exit 3')).toBe(3);
    await context.say('The host kills a shell’s process with SIGKILL: 128 + 9.');
    const killed = await openShell(context, { network: 'none' });
    process.kill(killed.host.pid, 'SIGKILL');
    const killCode = await killed.shell.ended();
    expect(killCode).toBe(137);
    await context.say(
      'SIGTERM to the command itself ends the container, though its shell ignores SIGTERM.',
    );
    const ended = await openShell(context, { network: 'none' });
    ended.shell.kill('SIGTERM');
    const termCode = await ended.shell.ended();
    expect(termCode).toBe(143);
    context.observe({ label: 'shell left with exit 3', inside: 3, decisive: true });
    context.observe({ label: 'PID 1 killed by the host', host: killCode, decisive: true });
    context.observe({ label: 'SIGTERM to the command', host: termCode, decisive: true });
  },
);

testRequirement('CLI-02', async (context) => {
  const terminal = await openTerminal(context);
  await context.say('Commands that are piped in run one after the other, without a terminal.');
  const piped = await terminal.type(
    "echo 'hostname; tty; exit 4' | terrarium shell default piped --network none; echo $?",
  );
  expect(piped.split('\n')).toEqual(['piped', 'not a tty', '4']);
  await context.say(
    'Four mebibytes of random bytes go in and come out again: the same to the last bit.',
  );
  await terminal.type('bytes=$(mktemp); head -c 4194304 /dev/urandom >$bytes');
  context.onCleanup(() => terminal.type('rm $bytes'));
  const sent = await terminal.type('sha256sum <$bytes');
  const received = await terminal.type(
    'cat $bytes | terrarium shell default box --network none -- cat | sha256sum',
  );
  expect(received).toMatch(/^[0-9a-f]{64} /);
  expect(received).toBe(sent);
  await context.say(
    'Output and errors stay apart, and with --no-tty a terminal outside makes none inside.',
  );
  const apart = await terminal.type(
    'terrarium shell default box --network none -T -- ls /dev/pts /missing 2>/dev/null',
  );
  expect(apart).toBe('/dev/pts:\nptmx');
  await context.say('The control: without the pipe there is a terminal.');
  const control = await terminal.type('terrarium shell default box --network none -- tty');
  context.observe({ label: 'tty', inside: piped.split('\n')[1], control, decisive: true });
  context.observe({ label: 'sha256 of 4 MiB', inside: received, host: sent, decisive: true });
  context.control('the same question from a container on this terminal', {
    outcome: control.startsWith('/dev/pts/') ? 'opposite' : 'same',
    observed: control,
  });
});

testRequirement('CLI-03', async (context) => {
  await context.say('A window of 110 columns and 30 rows: inside it is as large.');
  const { shell } = await openShell(context, { network: 'none' });
  const before = await shell.type('stty size');
  expect(before).toBe('30 110');
  await context.say(
    'While a program runs in the foreground, the window becomes 72 by 20: the program gets SIGWINCH.',
  );
  await shell.start('signal-sink', /waiting as PID \d+/);
  shell.resize(72, 20);
  await shell.until(/SIGWINCH 72x20/);
  await shell.press('C-\\');
  await shell.prompt();
  await context.say('The shell sees the new size, too.');
  const after = await shell.type('stty size');
  expect(after).toBe('20 72');
  context.observe({
    label: 'rows and columns',
    inside: after,
    host: '20 72',
    control: before,
    decisive: true,
  });
  context.control('the same question before the window was resized', {
    outcome: before === after ? 'same' : 'opposite',
    observed: before,
  });
});

testRequirement('CLI-04', async (context) => {
  const { shell, host } = await openShell(context, { network: 'none' });
  const sleepers = () => host.processes().length - 1;
  await context.say(
    'One program sleeps in the background, another in the foreground. Ctrl-C is pressed.',
  );
  await shell.type('sleep 1001 &');
  await shell.start("sh -c 'echo started; exec sleep 1002'", /^started$/m);
  const before = sleepers();
  await shell.press('C-c');
  await shell.prompt();
  expect(await shell.type('echo $? from PID $$')).toBe('130 from PID 1');
  const background = await shell.type('jobs');
  expect(before).toBe(2);
  expect(sleepers()).toBe(1);

  await context.say(
    'Ctrl-Z stops a program; bg lets it go on behind, fg brings it back, Ctrl-C ends it.',
  );
  await shell.start("sh -c 'echo started; exec sleep 1003'", /^started$/m);
  await shell.press('C-z');
  await shell.prompt();
  expect(await shell.type('jobs')).toMatch(/\[2\].*Stopped.*sleep 1003/);
  await shell.start('bg %2', /sleep 1003"\n/);
  // The kernel tells the shell that its child goes on: SIGCHLD. BusyBox's shell loses its prompt
  // where that interrupts the write(2), for its handlers are without SA_RESTART and the C library
  // drops what it could not write. A person who sees that the job goes on types on, prompt or not;
  // so does this, once the job sleeps again and the signal has been sent.
  await eventually('the job goes on', () => host.programs().every(({ state }) => state === 'S'));
  expect(await shell.background('jobs', /(\[\d\].*Running.*\n){2}/)).toMatch(/\[2\].*sleep 1003/);
  await shell.start('fg %2', /sleep 1003/);
  // The shell names the job first, and hands it the terminal then.
  await eventually('the job has the terminal', () => hasForegroundJob(host.pid));
  await shell.press('C-c');
  await shell.prompt();
  await eventually('the third sleeper has ended', () => sleepers() === 1);
  expect(await shell.type('echo alive')).toBe('alive');
  context.observe({
    label: 'foreground process',
    inside: '130: ended by SIGINT',
    control: background,
    decisive: true,
  });
  context.observe({
    label: 'sleeping processes before and after Ctrl-C',
    host: `${before}, ${sleepers()}`,
    decisive: true,
  });
  await context.say('The control: the program in the background never heard of it.');
  context.control('the same key, to the process that is not in the foreground', {
    outcome: /Running.*sleep 1001/.test(background) ? 'opposite' : 'same',
    observed: background,
  });
});
