// The runtime’s own descriptors and program, out of the container’s reach: the way of
// CVE-2024-21626 and of CVE-2019-5736.
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
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { exeShebang } from '../fixtures/rootfs/hostile.ts';
import { removeTree } from '../fixtures/rootfs/replace.ts';
import { testRequirement } from './suite.ts';
import { onHostShell } from './support/host-shells.ts';
import { TERRARIUM, workload } from './support/places.ts';
import { openHostShell, openShell } from './support/session.ts';
import { terrarium } from './support/subject.ts';

const DESCRIPTORS = /"descriptors":\{(.*?)\}/;

function descriptorsIn(probe: string): Record<string, string> {
  return JSON.parse(`{${DESCRIPTORS.exec(probe)?.[1] ?? ''}}`);
}

/** Ctrl-U: it is typed, and leaves the line empty. */
const PUSHED = "$(printf '\\025')";

testRequirement('SAFE-06', async (context) => {
  await context.say(
    'A shell of the host that holds a directory open, as a careless parent does, starts a container from there.',
  );
  const parent = await openHostShell(
    context,
    'a host shell with descriptor 9 open on /etc',
    'subject',
  );
  await parent.type('exec 9</etc');
  const root = workload('../..');
  const started = `${TERRARIUM} shell ${root} box --network none`;
  const inside = descriptorsIn(await parent.type(`${started} -- probe`));
  await context.say('In the container there are the three standard streams and nothing else.');
  expect(Object.keys(inside)).toEqual(['0', '1', '2']);
  for (const target of Object.values(inside)) expect(target).toMatch(/^\/dev\/pts\/0$/);

  await context.say(
    'The same holds for a command that is executed in a running container, and for its init.',
  );
  const { name, host, shell } = await openShell(context, { init: true, tmpfs: ['/tmp'] });
  const executed = descriptorsIn((await terrarium(['exec', name, '--', 'probe'])).stdout);
  expect(Object.keys(executed)).toEqual(['0', '1', '2']);
  expect(readdirSync(`/proc/${host.pid}/fd`)).toEqual([]);
  await context.say(
    'A working directory that leads to a descriptor of the runtime is refused, by its name and by a link (CVE-2024-21626).',
  );
  await shell.type('for n in 3 4 5 6; do ln -s /proc/self/fd/$n /tmp/out$n; done');
  for (const workdir of ['/proc/self/fd/3', '/tmp/out3', '/tmp/out4', '/tmp/out5', '/tmp/out6']) {
    const entered = await terrarium(['exec', name, '--workdir', workdir, '--', 'ls', '..']);
    expect(entered.exitCode).toBe(125);
    expect(entered.stdout).toBe('');
  }
  await context.say(
    'The terminal is the container’s own: what is pushed into its input cannot reach the host’s.',
  );
  const terminal = terminalIn(await shell.type("tty-inject ''"));
  await context.say(
    'With --no-tty the streams are the host’s terminal: nothing can be pushed into its input.',
  );
  const pushed = await parent.type(`${started} --no-tty -- tty-inject "${PUSHED}"`);
  expect(pushed).toContain('/dev/tty: ENXIO');
  const pushing = /TIOCSTI: \w+/.exec(pushed)?.[0];
  // EIO: a kernel that keeps it for CAP_SYS_ADMIN (Linux 6.2, dev.tty.legacy_tiocsti) asks for that
  // before it asks whose terminal it is.
  expect(pushing).toMatch(/^TIOCSTI: (EPERM|EIO)$/);
  await context.say(
    'The control: a program started by the same shell without a container has descriptor 9.',
  );
  const free = descriptorsIn(await onHostShell(parent, 'probe'));
  context.observe({
    label: 'descriptors',
    inside: shown(inside),
    control: shown(free),
    decisive: true,
  });
  const outer = terminalIn(await onHostShell(parent, 'tty-inject', ["''"]));
  expect(terminal).not.toBe(outer);
  await context.say('What it pushes into the terminal is taken, as if it had been typed.');
  const freely = /TIOCSTI: \w+/.exec(await onHostShell(parent, 'tty-inject', [`"${PUSHED}"`]))?.[0];
  expect(freely).toBe('TIOCSTI: ok');
  context.observe({
    label: 'pushing a character with --no-tty',
    inside: pushing,
    control: freely,
    decisive: true,
  });
  context.observe({ label: 'terminal', inside: terminal, control: outer, decisive: true });
  context.observe({ label: 'of exec', inside: shown(executed), decisive: true });
  context.observe({
    label: 'of the init',
    host: readdirSync(`/proc/${host.pid}/fd`).join(' ') || 'none',
    decisive: true,
  });
  context.control('the same probe, started by the same shell, without a container', {
    outcome: free['9'] === '/etc' ? 'opposite' : 'same',
    observed: shown(free),
  });
});

/** The file system and the file that the terminal is. */
function terminalIn(text: string): string {
  return /device \d+ inode \d+/.exec(text)?.[0] ?? text;
}

function shown(descriptors: Record<string, string>): string {
  return Object.entries(descriptors)
    .map(([number, target]) => `${number} → ${target}`)
    .join(', ');
}

testRequirement('SAFE-07', async (context) => {
  await context.say(
    'With --init, PID 1 is the runtime’s own program. Root inside tries to get it in hand.',
  );
  const { shell, host } = await openShell(context, { init: true });
  const inside = await shell.type('exe-writer /proc/1/exe');
  const attempts = inside.split('\n').map((line) => line.replace(/.*: /, ''));
  expect(attempts).toEqual(attempts.map(() => 'EACCES'));
  await context.say(
    'Even the host’s root, who may look at it, cannot write to it: it is no file, but sealed memory.',
  );
  const image = `/proc/${host.pid}/exe`;
  expect(readlinkSync(image)).toBe('/memfd:terrarium-init (deleted)');
  const ours = keep(image);
  expect(await shell.exit()).toBe(0);
  const written = writeThrough(ours);

  await context.say(
    'A root file system whose shell is a script for /proc/self/exe: the runtime’s init, executed again, does nothing.',
  );
  const scratch = mkdtempSync(join(tmpdir(), 'safe-07-'));
  context.onCleanup(() => removeTree(scratch));
  const before = readFileSync(join(import.meta.dirname, '../build/terrarium-init'));
  const hostile = await exeShebang(scratch);
  const { exitCode } = await terrarium(['shell', hostile.path, 'hostile', '--network', 'none']);
  expect(exitCode).not.toBe(0);
  expect(readFileSync(join(import.meta.dirname, '../build/terrarium-init')).equals(before)).toBe(
    true,
  );

  await context.say(
    'The control: a program that runs from an ordinary file can be overwritten as soon as it ends.',
  );
  const free = await overwriteOrdinary(join(scratch, 'sleep'));
  context.observe({
    label: 'opened from inside',
    inside: [...new Set(attempts)].join(),
    decisive: true,
  });
  context.observe({
    label: 'written to by root, after its end',
    host: written,
    control: free,
    decisive: true,
  });
  context.control('the same with a program that the host runs from a file', {
    outcome: free === 'written' ? 'opposite' : 'same',
    observed: free,
  });
  expect(written).toBe('EPERM');
});

const O_PATH = 0o10000000;

/**
 * A descriptor of a running program, to be opened again when the program has ended and is no longer
 * busy.
 */
function keep(exe: string): number {
  return openSync(exe, O_PATH);
}

/** Writes one byte to what `keep` kept. Answers how it went. */
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
