// Data between the outer and the inner terminal, and when there is an inner one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { expect } from 'vitest';
import { openPty } from '../runtime/native/pump.ts';
import { OURS, testRequirement } from './suite.ts';
import { openTerminal } from './support/host-shells.ts';
import { DEFAULT_ROOTFS, TERRARIUM } from './support/places.ts';

/** Output at the other end of a terminal on which a shell command runs, byte for byte. */
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

/** Every byte but NUL, lines, and lines without output processing. */
const WRITES =
  'i=1; while [ $i -lt 256 ]; do printf "\\\\$(printf %03o $i)"; i=$((i+1)); done; ' +
  'printf "a\\nb\\n"; stty -opost; printf "c\\nd\\r\\n"';
const LINES = 'two lines, and two without output processing';
const lines = (text: string) => JSON.stringify(text.slice(text.lastIndexOf('a')));

testRequirement('CLI-09', OURS, async ({ say, control, host, inside, outside }) => {
  const container = (flags: string) =>
    `${TERRARIUM} shell ${DEFAULT_ROOTFS} box --network none ${flags} -- sh -c '${WRITES}'`;
  await say('A program writes every byte, lines, and lines without output processing.');
  const shown = await shownBy(container(''));
  await say('The same program without a container, on the same kind of terminal.');
  const bare = await shownBy(`sh -c '${WRITES}'; stty opost`);
  expect(outside(LINES, lines(bare))).toBe(JSON.stringify('a\r\nb\r\nc\nd\r\n'));
  expect(inside(LINES, lines(shown))).toBe(lines(bare));
  expect(shown).toBe(bare);
  await say('The control: with cat in between, its terminal processes the lines again.');
  const twice = async () => lines(await shownBy(`${container('--tty')} </dev/null | cat`));
  await control(
    () => host.shell(),
    (free) => expect(free).toAnswer(LINES, twice, /^"a\\r\\r\\nb\\r\\r\\n/),
    'the same bytes through a second terminal that is not raw',
  );
});

testRequirement('CLI-10', async (context) => {
  const { say, control, onCleanup } = context;
  const terminal = await openTerminal(context);
  await terminal.type('errors=$(mktemp)');
  onCleanup(() => terminal.type('rm $errors'));
  const start = 'terrarium shell default box --network none';
  const both = "sh -c 'echo out; echo oops >&2; tty'";
  await say('On a terminal, with standard error redirected to a file.');
  await expect(terminal).toPrint(
    `${start} -- ${both} 2>$errors`,
    'out\nnot a tty',
    'on the terminal',
  );
  await expect(terminal).toPrint('cat $errors', 'oops', 'in the file');
  await say('In the background, and under timeout(1): it exits by itself, with its status.');
  const behind = `sh -c '${start} -- sh -c "exit 6" & wait $!'`;
  await expect(terminal).toExitWith(behind, 6, { label: 'in the background' });
  const limited = `sh -c 'timeout 60 ${start} -- sh -c "exit 7"'`;
  await expect(terminal).toExitWith(limited, 7, { label: 'under timeout' });
  await say('A requested terminal inside works with any input.');
  for (const input of ['</dev/null', '</etc/hostname', '<&-']) {
    const asked = `${start} --tty -- sh -c 'exit 3' ${input} >/dev/null`;
    await expect(terminal).toExitWith(asked, 3, { label: `--tty ${input}` });
  }
  await say('The control: without the redirection there is a terminal inside.');
  const pattern = /^out\noops\n\/dev\/pts\/\d+$/;
  await control(
    async () => terminal,
    (free) => expect(free).toPrint(`${start} -- ${both}`, pattern, 'on the terminal'),
    'the same command without 2>FILE',
  );
});
