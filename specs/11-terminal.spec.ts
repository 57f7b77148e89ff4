// What passes between the terminal outside and the one inside, and when there is one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { expect } from 'vitest';
import { openPty } from '../runtime/native/pump.ts';
import { testRequirement } from './suite.ts';
import { openTerminal } from './support/host-shells.ts';
import { DEFAULT_ROOTFS, TERRARIUM } from './support/places.ts';

/** What arrives at the other end of a terminal on which a shell command runs, byte for byte. */
async function shownBy(line: string): Promise<string> {
  const { master, slave } = openPty();
  const child = spawn('setsid', ['--ctty', 'sh', '-c', line], { stdio: [slave, slave, slave] });
  closeSync(slave);
  const chunks: Buffer[] = [];
  const stream = new ReadStream(master);
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  // EIO: nothing has the terminal open any more.
  stream.on('error', () => {});
  const closed = new Promise((resolve) => stream.once('close', resolve));
  await Promise.all([once(child, 'exit'), closed]);
  return Buffer.concat(chunks).toString('latin1');
}

/** Every byte but NUL, lines, and lines as they are without output processing. */
const WRITES =
  'i=1; while [ $i -lt 256 ]; do printf "\\\\$(printf %03o $i)"; i=$((i+1)); done; ' +
  'printf "a\\nb\\n"; stty -opost; printf "c\\nd\\r\\n"';

testRequirement('CLI-09', async (context) => {
  await context.say(
    'A program writes every byte, lines, and lines with the terminal’s output processing off.',
  );
  const container = (flags: string) =>
    `${TERRARIUM} shell ${DEFAULT_ROOTFS} box --network none ${flags} -- sh -c '${WRITES}'`;
  const inside = await shownBy(container(''));
  const bare = await shownBy(`sh -c '${WRITES}'; stty opost`);
  await context.say('The same program without a container, on the same kind of terminal.');
  expect(bare).toContain('a\r\nb\r\nc\nd\r\n');
  expect(inside).toBe(bare);
  await context.say('The control: with cat in between, whose terminal processes the lines again.');
  const twice = await shownBy(`${container('--tty')} </dev/null | cat`);
  const ends = (text: string) => JSON.stringify(text.slice(text.lastIndexOf('a')));
  context.observe({
    label: 'two lines, and two without output processing',
    inside: ends(inside),
    host: ends(bare),
    control: ends(twice),
    decisive: true,
  });
  context.control('the same bytes through a second terminal that is not raw', {
    outcome: twice.includes('a\r\r\nb\r\r\n') ? 'opposite' : 'same',
    observed: ends(twice),
  });
});

testRequirement('CLI-10', async (context) => {
  const terminal = await openTerminal(context);
  await terminal.type('errors=$(mktemp)');
  context.onCleanup(() => terminal.type('rm $errors'));
  const start = 'terrarium shell default box --network none';
  await context.say('On a terminal, with standard error redirected to a file.');
  const both = "sh -c 'echo out; echo oops >&2; tty'";
  const shown = await terminal.type(`${start} -- ${both} 2>$errors`);
  expect(shown).toBe('out\nnot a tty');
  const redirected = await terminal.type('cat $errors');
  expect(redirected).toBe('oops');
  await context.say('In the background, and under timeout(1): it ends by itself, with its status.');
  const background = await terminal.type(`sh -c '${start} -- sh -c "exit 6" & wait $!'; echo $?`);
  expect(background).toBe('6');
  const limited = await terminal.type(`sh -c 'timeout 60 ${start} -- sh -c "exit 7"; echo $?'`);
  expect(limited).toBe('7');
  await context.say('A terminal inside that is asked for works with any input.');
  for (const input of ['</dev/null', '</etc/hostname', '<&-']) {
    const status = await terminal.type(
      `${start} --tty -- sh -c 'exit 3' ${input} >/dev/null; echo $?`,
    );
    expect([input, status]).toEqual([input, '3']);
  }
  await context.say('The control: without the redirection there is a terminal inside.');
  const control = await terminal.type(`${start} -- ${both}`);
  context.observe({
    label: 'what went to standard error',
    inside: redirected,
    control: control.split('\n')[1],
    decisive: true,
  });
  context.control('the same command without 2>FILE', {
    outcome: /^out\noops\n\/dev\/pts\/\d+$/.test(control) ? 'opposite' : 'same',
    observed: control,
  });
});
