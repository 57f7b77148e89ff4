// The runtime’s own descriptors and program are unreachable from a container (CVE-2024-21626,
// CVE-2019-5736).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { exeShebang } from '../fixtures/rootfs/hostile.ts';
import { removeTree } from '../fixtures/rootfs/replace.ts';
import type { Box } from '../harness/shell/box.ts';
import { OURS, testRequirement } from './suite.ts';
import { openTerminal } from './support/host-shells.ts';
import { ROOT, workload } from './support/places.ts';
import { terrarium } from './support/subject.ts';

/** Descriptors that a careless parent leaves open, also above those that programs usually close. */
const LEAKED = [9, 63, 200, 1000];
/** Prints `NUMBER → TARGET` of each of its descriptors, in one line. */
const DESCRIPTORS = /"descriptors":\{(.*?)\}/;
const STREAMS = /^0 → \S+, 1 → \S+, 2 → \S+$/;

/** Runs probe in a shell, by `start`. */
async function descriptors(box: Box, start = ''): Promise<string> {
  const probed = await box.type(`${start} probe`);
  const found: Record<string, string> = JSON.parse(`{${DESCRIPTORS.exec(probed)?.[1] ?? ''}}`);
  return Object.entries(found)
    .map(([number, target]) => `${number} → ${target}`)
    .join(', ');
}

/** Ctrl-U: clears the typed line. */
const PUSH = 'tty-inject "$(printf \'\\025\')"';
const PUSHING = 'pushing a character into the terminal';

const STDIN = 'device and inode of standard input, given /dev/null';
const INPUT = 'stat -L -c %t:%T:%d:%i /proc/self/fd/0';

testRequirement('SAFE-06', async (context) => {
  const { shell, control, say, inside, outside } = context;
  await say('A shell of the host keeps a directory open, and starts a container.');
  const parent = await openTerminal(context);
  await parent.type(`exec ${LEAKED.map((number) => `${number}</etc`).join(' ')}`);
  const start = 'terrarium shell default box --network none';
  await say('The container has the three standard streams and nothing else.');
  const open = (by: string) => () => descriptors(parent, by);
  const streams = '0 → /dev/pts/0, 1 → /dev/pts/0, 2 → /dev/pts/0';
  await expect(parent).toAnswer('descriptors', open(`${start} --`), streams);
  await say('The same holds for a command started by exec, and for the init.');
  const box = await shell({ init: true, tmpfs: ['/tmp'] });
  await expect(parent).toAnswer('of exec', open(`terrarium exec ${box.name} --`), STREAMS);
  const ofInit = readdirSync(`/proc/${box.host.pid}/fd`).join(' ') || 'none';
  expect(outside('of the init', ofInit)).toBe('none');
  await say('The host’s /dev/null as standard input is replaced by the container’s own.');
  const { dev, ino } = statSync('/dev/null');
  const null_ = `1:3:${dev}:${ino}`;
  const another = (found: string) => found.startsWith('1:3:') && found !== null_;
  await expect(parent).toPrint(`${start} -T -- ${INPUT} </dev/null`, another, STDIN);
  await say('A working directory on one of the runtime’s descriptors is refused (CVE-2024-21626).');
  await box.type('for n in 3 4 5 6; do ln -s /proc/self/fd/$n /tmp/out$n; done');
  for (const workdir of ['/proc/self/fd/3', '/tmp/out3', '/tmp/out4', '/tmp/out5', '/tmp/out6']) {
    const { exitCode, stdout } = await terrarium([
      'exec',
      box.name,
      '--workdir',
      workdir,
      '--',
      'ls',
      '..',
    ]);
    expect(inside(`exec in ${workdir}`, `exit code ${exitCode}: ${stdout}`)).toBe(
      'exit code 125: ',
    );
  }
  await say('The terminal is the container’s own: input pushed into it cannot reach the host’s.');
  const terminal = terminalIn(await parent.type("tty-inject ''"));
  const other = (text: string) => terminalIn(text) !== terminal;
  await expect(box).toPrint("tty-inject ''", other, 'terminal');
  await say('With --no-tty the terminal is the host’s: pushing input into it is refused.');
  // EIO: a kernel that reserves it for CAP_SYS_ADMIN (Linux 6.2, dev.tty.legacy_tiocsti) checks
  // that before the owner of the terminal.
  const refused = /\/dev\/tty: ENXIO[\s\S]*TIOCSTI: (EPERM|EIO)/;
  await expect(parent).toPrint(`${start} --no-tty -- ${PUSH}`, refused, PUSHING);

  await say('The control: a program started by the same shell without a container has them all.');
  const all = (found: string) => LEAKED.every((number) => found.includes(`${number} → /etc`));
  await control(
    async () => parent,
    async (free) => [
      await expect(free).toAnswer('descriptors', open(''), all),
      await expect(free).toPrint(`${INPUT} </dev/null`, null_, STDIN),
      await expect(free).toPrint("tty-inject ''", (text) => !other(text), 'terminal'),
      await expect(free).toPrint(PUSH, /TIOCSTI: ok/, PUSHING),
    ],
    'the same probes, started by the same shell, without a container',
  );
});

/** File system and file of the terminal. */
function terminalIn(text: string): string {
  return /device \d+ inode \d+/.exec(text)?.[0] ?? text;
}

const WRITTEN = 'written to by root, after its end';

testRequirement('SAFE-07', OURS, async (context) => {
  const { shell, control, host, say, inside, outside, onCleanup } = context;
  await say(
    'With --init, PID 1 is the runtime’s own program. Root inside tries to get hold of it.',
  );
  const box = await shell({ init: true });
  const refused = (printed: string) =>
    printed.split('\n').every((line) => line.endsWith(': EACCES'));
  await expect(box).toPrint('exe-writer /proc/1/exe', refused, 'opened from inside');
  await say('Even root on the host cannot write to it: it is sealed memory.');
  const image = `/proc/${box.host.pid}/exe`;
  expect(outside('what it is', readlinkSync(image))).toBe('/memfd:terrarium-init (deleted)');
  const kept = keep(image);
  expect(await box.exit()).toBe(0);
  expect(outside(WRITTEN, writeThrough(kept))).toBe('EPERM');

  await say('A shell with the script interpreter /proc/self/exe: the init, executed again, exits.');
  const scratch = mkdtempSync(join(tmpdir(), 'safe-07-'));
  onCleanup(() => removeTree(scratch));
  const init = join(ROOT, 'build/terrarium-init');
  const before = readFileSync(init);
  const hostile = await exeShebang(scratch);
  const ended = await terrarium(['shell', hostile.path, 'hostile', '--network', 'none']);
  expect(inside('exit code of that shell', ended.exitCode ?? -1)).not.toBe(0);
  expect(inside('what is said of it', ended.stderr)).toMatch(
    /\/proc\/self\/exe as its interpreter/,
  );
  expect(outside('the init’s file is as it was', readFileSync(init).equals(before))).toBe(true);

  await say('The control: a program in an ordinary file can be overwritten.');
  await control(
    () => host.shell(),
    (free) =>
      expect(free).toAnswer(WRITTEN, () => overwriteOrdinary(join(scratch, 'sleep')), 'written'),
    'the same with a program that the host runs from a file',
  );
});

const O_PATH = 0o10000000;

/** A descriptor of a running program, reopened after its exit, when the file is no longer busy. */
function keep(exe: string): number {
  return openSync(exe, O_PATH);
}

/** Writes one byte to the kept descriptor. Returns the result. */
function writeThrough(kept: number): string {
  try {
    const fd = openSync(`/proc/self/fd/${kept}`, 'r+');
    try {
      return writeSync(fd, '#', 0) === 1 ? 'written' : 'nothing written';
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    closeSync(kept);
  }
}

async function overwriteOrdinary(path: string): Promise<string> {
  copyFileSync(workload('../../bin/busybox'), path);
  const child = spawn(path, ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const kept = keep(`/proc/${child.pid}/exe`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return writeThrough(kept);
}
