// The command line: exit codes, pipes, the terminal’s size and keys.
import { expect } from 'vitest';
import { eventually, hasForegroundJob } from '../harness/observe/process.ts';
import { testRequirement } from './suite.ts';
import { openTerminal } from './support/host-shells.ts';

const START = 'terrarium shell default box --network none';

const ENDS: readonly (readonly [what: string, command: string, exitCode: number])[] = [
  ['success', `${START} -- true`, 0],
  ['the command’s own code', `${START} -- sh -c 'exit 7'`, 7],
  ['a root file system that is not there', 'terrarium shell missing box', 125],
  ['a command without execute permission', `${START} -- /etc/passwd`, 126],
  ['a command that is not there', `${START} -- missing`, 127],
  ['ended by a signal of its own, under an init', `${START} --init -- sh -c 'kill -TERM $$'`, 143],
];

const controlFree =
  'an exit code has no unconfined counterpart: the different ends are each other’s control';

testRequirement('CLI-01', { controlFree }, async (context) => {
  const { shell, say, inside, outside } = context;
  const terminal = await openTerminal(context);
  await say('The command line ends in each possible way, and echo $? prints the code.');
  for (const [label, command, exitCode] of ENDS)
    await expect(terminal).toExitWith(command, exitCode, { label });
  await say('A shell that exits with 3 ends the command with 3.');
  const left = await shell({ network: 'none' });
  expect(inside('shell left with exit 3', await left.exit('exit 3'))).toBe(3);
  await say('The host kills a shell’s process with SIGKILL: 128 + 9.');
  const killed = await shell({ network: 'none' });
  process.kill(killed.host.pid, 'SIGKILL');
  expect(outside('PID 1 killed by the host', await killed.ended())).toBe(137);
  await say('SIGTERM to the command ends the container, even if its shell ignores SIGTERM.');
  const ended = await shell({ network: 'none' });
  ended.kill('SIGTERM');
  expect(outside('SIGTERM to the command', await ended.ended())).toBe(143);
});

testRequirement('CLI-02', async (context) => {
  const { say, control, outside, onCleanup } = context;
  const terminal = await openTerminal(context);
  await say('Piped commands run one after the other, without a terminal.');
  const piped = "echo 'hostname; tty; exit 4' | terrarium shell default piped --network none";
  await expect(terminal).toExitWith(piped, 4, { printing: 'piped\nnot a tty' });
  await say('Four mebibytes of random bytes pass through unchanged.');
  await terminal.type('bytes=$(mktemp); head -c 4194304 /dev/urandom >$bytes');
  onCleanup(() => terminal.type('rm $bytes'));
  const sent = outside('sha256 of 4 MiB', await terminal.type('sha256sum <$bytes'));
  expect(sent).toMatch(/^[0-9a-f]{64} /);
  await expect(terminal).toPrint(
    `cat $bytes | ${START} -- cat | sha256sum`,
    sent,
    'sha256 of 4 MiB',
  );
  await say('Output and errors stay separate, and with --no-tty there is no terminal inside.');
  const apart = `${START} -T -- ls /dev/pts /missing 2>/dev/null`;
  await expect(terminal).toPrint(apart, '/dev/pts:\nptmx', 'standard output alone');
  await expect(terminal).toPrint(`${START} -T -- tty`, 'not a tty', 'tty');
  await say('The control: without the pipe or the option there is a terminal.');
  await control(
    async () => terminal,
    (free) => expect(free).toPrint(`${START} -- tty`, /^\/dev\/pts\//, 'tty'),
    'the same question from a container on this terminal',
  );
});

testRequirement('CLI-03', async ({ shell, control, say }) => {
  const label = 'rows and columns';
  await say('The control: a window of 110 columns and 30 rows has the same size inside.');
  const box = await shell({ network: 'none' });
  await control(
    async () => box,
    (before) => expect(before).toPrint('stty size', '30 110', label),
    'the same question before the window is resized',
  );
  await say('While a program runs, the window becomes 72 by 20: the program gets SIGWINCH.');
  await box.start('signal-sink', /waiting as PID \d+/);
  box.resize(72, 20);
  await box.until(/SIGWINCH 72x20/);
  await box.press('C-\\');
  await box.prompt();
  await say('The shell sees the new size, too.');
  await expect(box).toPrint('stty size', '20 72', label);
});

testRequirement('CLI-04', async ({ shell, control, say, outside }) => {
  const box = await shell({ network: 'none' });
  const sleepers = () => box.host.processes().length - 1;
  const running = async (command: string) => {
    await box.start(`sh -c 'echo started; exec ${command}'`, /^started$/m);
    return sleepers();
  };
  await say('One program sleeps in the background, another in the foreground. Press Ctrl-C.');
  await box.type('sleep 1001 &');
  expect(outside('sleeping processes before Ctrl-C', await running('sleep 1002'))).toBe(2);
  await box.press('C-c');
  await box.prompt();
  await expect(box).toPrint('echo $? from PID $$', '130 from PID 1', 'the foreground process');
  expect(outside('sleeping processes afterwards', sleepers())).toBe(1);
  await say('The control: the program in the background did not receive it.');
  await control(
    async () => box,
    (free) => expect(free).toPrint('jobs', /Running.*sleep 1001/, 'the foreground process'),
    'the same key, to the process that is not in the foreground',
  );

  await say('Ctrl-Z stops a program; bg continues it, fg brings it back, Ctrl-C ends it.');
  await running('sleep 1003');
  await box.press('C-z');
  await box.prompt();
  await expect(box).toPrint('jobs', /\[2\].*Stopped.*sleep 1003/, 'jobs after Ctrl-Z');
  await box.start('bg %2', /sleep 1003"?\n/);
  // The continued child causes a SIGCHLD. BusyBox's shell loses its prompt if that interrupts the
  // write(2): its handlers are without SA_RESTART, and the C library drops the unwritten rest. So
  // this does not wait for a prompt, but until the job sleeps again and the signal has been sent.
  const goesOn = () => box.host.programs().every(({ state }) => state === 'S');
  await eventually('the job goes on', goesOn);
  expect(await box.background('jobs', /(\[\d\].*Running.*\n){2}/)).toMatch(/\[2\].*sleep 1003/);
  await box.start('fg %2', /sleep 1003/);
  // The shell names the job first, then gives it the terminal.
  await eventually('the job has the terminal', () => hasForegroundJob(box.host.pid));
  await box.press('C-c');
  await box.prompt();
  await eventually('the third sleeper has ended', () => sleepers() === 1);
  await expect(box).toPrint('echo alive', 'alive');
});
