// What root inside may not do: capabilities, setuid programs, system calls, kernel files, devices.
// Each control is the same probe unconfined.
import { existsSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { mountsOf } from '../harness/observe/mounts.ts';
import { statusOf } from '../harness/observe/process.ts';
import { testRequirement } from './suite.ts';
import { onHostShell } from './support/host-shells.ts';
import { openHostShell, openShell } from './support/session.ts';
import { terrarium } from './support/subject.ts';

/**
 * CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_RAW,
 * SYS_CHROOT, MKNOD, AUDIT_WRITE, SETFCAP.
 */
const CONVENTIONAL = '00000000a80425fb';
/**
 * Where device rules are not enforced, a node that can be made could be opened: so it cannot be
 * made.
 */
const WITHOUT_MKNOD = '00000000a00425fb';

const BPF = '/proc/sys/kernel/unprivileged_bpf_disabled';

const bits = (mask: string) =>
  [...BigInt(`0x${mask}`).toString(2)].filter((bit) => bit === '1').length;

testRequirement('SAFE-01', async (context) => {
  await context.say('Root inside asks the kernel which capabilities it holds.');
  const { shell, host, name } = await openShell(context);
  const sets = await shell.type('grep Cap /proc/self/status');
  const field = (text: string, set: string) => new RegExp(`${set}:\\s*(\\w+)`).exec(text)?.[1];
  // v1 has a controller for devices, v2 takes a program wherever the kernel has bpf(2).
  const restricted =
    host.cgroupFile('devices.list', 'devices.list') ??
    (host.cgroupFile('cpu.stat', 'cgroup.type') && existsSync(BPF) ? BPF : undefined);
  const expected = restricted ? CONVENTIONAL : WITHOUT_MKNOD;
  for (const set of ['CapPrm', 'CapEff', 'CapBnd']) expect(field(sets, set)).toBe(expected);
  for (const set of ['CapInh', 'CapAmb']) expect(BigInt(`0x${field(sets, set)}`)).toBe(0n);
  expect(host.status('CapBnd')).toBe(expected);
  await context.say(
    'A command that is executed in it later holds no more, and inherits none (CVE-2022-29162).',
  );
  const { stdout: executed } = await terrarium([
    'exec',
    name,
    '--',
    'grep',
    'Cap',
    '/proc/self/status',
  ]);
  expect(executed).toBe(sets.replaceAll('\r', ''));
  await context.say(
    'What none of the 14 covers is refused: taking a higher priority needs CAP_SYS_NICE.',
  );
  expect(await shell.type('renice -n -1 -p $$')).toMatch(
    /Permission denied|Operation not permitted/,
  );
  await context.say('The control: root on the host holds more, and may.');
  const control = await openHostShell(context);
  const outside = await control.type('grep CapEff /proc/self/status');
  const unconfined = field(outside, 'CapEff') ?? '0';
  const reniced = await control.type('renice -n -1 -p $$; echo status $?');
  context.observe({
    label: 'effective',
    inside: field(sets, 'CapEff'),
    host: host.status('CapEff'),
    control: unconfined,
    decisive: true,
  });
  context.observe({
    label: 'inheritable',
    inside: field(sets, 'CapInh'),
    host: host.status('CapInh'),
  });
  context.control('the same questions to root on the host', {
    outcome: bits(unconfined) > 14 && reniced.includes('status 0') ? 'opposite' : 'same',
    observed: `${bits(unconfined)} capabilities; renice: ${reniced}`,
  });
});

testRequirement('SAFE-02', async (context) => {
  const attempt =
    'cp /usr/bin/open-try /tmp/opener; chmod 4755 /tmp/opener; echo x >/tmp/secret; chmod 600 /tmp/secret';
  const asStudent = "su student -c '/tmp/opener /tmp/secret'";
  await context.say('A setuid-root program that reads a file, and a file that only root may read.');
  const { shell, host } = await openShell(context, { tmpfs: ['/tmp:exec,suid'] });
  await shell.type(attempt);
  await context.say('An ordinary user runs it, and stays an ordinary user.');
  const inside = await shell.type(asStudent);
  expect(inside).toBe('/tmp/secret read: EACCES write: EACCES');
  expect(await shell.type('grep NoNewPrivs /proc/self/status')).toMatch(/:\s*1$/);
  expect(host.status('NoNewPrivs')).toBe('1');
  await context.say(
    'The control: without no_new_privs the same program makes root of the same user.',
  );
  const options = {
    hostname: 'free',
    tmpfs: ['/tmp:exec,suid'],
    further: ['--security-opt', 'no-new-privileges=false'],
  };
  const control = await openShell(context, options, 'control');
  await control.shell.type(attempt);
  const free = await control.shell.type(asStudent);
  context.observe({ label: 'setuid program', inside, control: free, decisive: true });
  context.observe({
    label: 'NoNewPrivs',
    host: host.status('NoNewPrivs'),
    control: control.host.status('NoNewPrivs'),
  });
  context.control('a container with --security-opt no-new-privileges=false', {
    outcome: free.startsWith('/tmp/secret read: ok') ? 'opposite' : 'same',
    observed: free,
  });
});

/** No capability is needed for these: where they fail, it is the filter's doing. */
const FILTERED = [
  'add_key',
  'keyctl',
  'unshare-user',
  'clone-newuser',
  'clone-newuser-high',
  'clone3-newuser',
  'io_uring_setup',
  'personality',
  'personality-high',
  'socket-vsock',
  'socket-vsock-high',
  'socketpair-vsock',
];
/**
 * What a container may do of everything that syscall-try tries: chroot is one of the 14's, the
 * others need the target's consent.
 */
const HARMLESS = ['chroot', 'ptrace', 'process_vm_readv'];

testRequirement('SAFE-03', async (context) => {
  await context.say(
    'Call what a container should not: keyrings, modules, mounts, clocks, new namespaces …, and with bits set that the kernel ignores.',
  );
  const { shell, host } = await openShell(context, { hostname: 'filtered' });
  const answers = (await shell.type('syscall-try'))
    .split('\n')
    .map((line) => line.trim().split(': '));
  expect(answers.length).toBeGreaterThan(35);
  for (const [call = '', answer] of answers) {
    if (!HARMLESS.includes(call))
      expect([call, answer]).toEqual([call, expect.stringMatching(/^(EPERM|ENOSYS)$/)]);
  }
  expect(host.status('Seccomp')).toBe('2');
  await context.say(
    'The control: without the filter, those that need no capability go through to the kernel.',
  );
  const control = await openShell(
    context,
    { hostname: 'unfiltered', further: ['--security-opt', 'seccomp=unconfined'] },
    'control',
  );
  const free = await control.shell.type('syscall-try');
  for (const call of FILTERED) {
    const inside = answers.find(([name]) => name === call)?.[1];
    context.observe({ label: call, inside, control: lineOf(free, call), decisive: true });
  }
  const through = FILTERED.filter((call) => !/^(EPERM|ENOSYS)?$/.test(lineOf(free, call)));
  context.observe({
    label: 'Seccomp',
    host: host.status('Seccomp'),
    control: control.host.status('Seccomp'),
  });
  context.control('the same calls with --security-opt seccomp=unconfined', {
    // A kernel can be built without one or another of them.
    outcome: through.length >= FILTERED.length - 2 ? 'opposite' : 'same',
    observed: through.map((call) => `${call}: ${lineOf(free, call)}`).join(', '),
  });
});

function lineOf(text: string, call: string): string {
  return new RegExp(`^${call}: (.*)$`, 'm').exec(text)?.[1] ?? '';
}

const MASKED_FILES = [
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/timer_list',
  '/proc/sched_debug',
];
const MASKED_DIRECTORIES = ['/sys/firmware', '/proc/acpi', '/proc/scsi'];
const READ_ONLY = [
  '/proc/sys/kernel/core_pattern',
  '/proc/sysrq-trigger',
  '/proc/irq/default_smp_affinity',
  '/sys/power/state',
];

testRequirement('SAFE-04', async (context) => {
  const there = (paths: readonly string[]) => paths.filter((path) => existsSync(path));
  const [files, directories, fixed] = [
    there(MASKED_FILES),
    there(MASKED_DIRECTORIES).filter((path) => readdirSync(path).length > 0),
    there(READ_ONLY),
  ];
  await context.say('Files of the kernel that tell about the host or its memory read as empty.');
  const { shell, host } = await openShell(context);
  const masked = await shell.type(`open-try ${files.join(' ')}`);
  expect(masked.split('\n').map((line) => line.replace(/ write.*/, ''))).toEqual(
    files.map((path) => `${path} read: empty`),
  );
  for (const path of directories) expect(await shell.type(`ls -A ${path}`)).toBe('');
  await context.say(
    'The mask itself is no way to the host’s /dev/null: its mode, owner and times are fixed.',
  );
  expect(await shell.type(`chmod 600 ${files[0]}`)).toContain('Read-only file system');
  await context.say('Switches of the kernel can be read, not set.');
  const readOnly = await shell.type(`open-try ${fixed.join(' ')}`);
  expect(readOnly.split('\n').map((line) => line.replace(/.* write: /, ''))).toEqual(
    fixed.map(() => 'EROFS'),
  );
  await context.say('The control: on the host the same files have content and open for writing.');
  const control = await openHostShell(context);
  const free = `${await onHostShell(control, 'open-try', files)}\n${await onHostShell(control, 'open-try', fixed)}`;
  const contents: string[] = [];
  for (const path of directories) contents.push(await control.type(`ls -A ${path}`));
  for (const path of [...files, ...fixed])
    context.observe({
      label: path,
      inside: after(path, `${masked}\n${readOnly}`),
      control: after(path, free),
      decisive: true,
    });
  const over = mountsOf(host.pid).filter(
    ({ point }) => files.includes(point) || directories.includes(point),
  );
  expect(over).toHaveLength(files.length + directories.length);
  context.observe({
    label: 'masks in /proc/PID/mountinfo',
    host: over.map(({ point, type }) => `${type} on ${point}`).join(', '),
  });
  context.control('the same paths on the host', {
    outcome:
      files.every((path) => !after(path, free).startsWith('read: empty')) &&
      !free.includes('EROFS') &&
      !contents.includes('')
        ? 'opposite'
        : 'same',
    observed: free.replaceAll('\n', ', '),
  });
});

function after(path: string, text: string): string {
  return (
    text
      .split('\n')
      .flatMap((line) => (line.startsWith(`${path} `) ? [line.slice(path.length + 1)] : []))[0] ??
    ''
  );
}

testRequirement('SAFE-05', async (context) => {
  await context.say('Make nodes of the host’s memory, log and disks inside, and open them.');
  const { shell, host } = await openShell(context);
  const inside = await shell.type('mknod-try /dev');
  const refused = inside.split('\n').filter((line) => !line.startsWith('null '));
  expect(refused).toHaveLength(10);
  for (const line of refused) expect(line).toMatch(/(mknod|open): EPERM$/);
  await context.say('The standard devices work: a container is of use.');
  const standard = await shell.type(
    'open-try /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/console',
  );
  expect(standard.match(/write: ok/g)).toHaveLength(7);
  await context.say('The control: on the host the same nodes open.');
  const control = await openHostShell(context);
  const directory = mkdtempSync(join(tmpdir(), 'safe-05-'));
  context.onCleanup(() => rmdirSync(directory));
  const free = await onHostShell(control, 'mknod-try', [directory]);
  const opened = free
    .split('\n')
    .filter((line) => line.endsWith('open: ok') && !line.startsWith('null '));
  for (const line of opened) {
    const device = line.replace(/ mknod.*/, '');
    context.observe({
      label: device,
      inside: after(device, inside),
      control: after(device, free),
      decisive: true,
    });
  }
  context.observe({
    label: 'rules',
    host: host.cgroup('devices.list', 'devices.list')?.replaceAll('\n', ', ') ?? 'no CAP_MKNOD',
  });
  context.observe({ label: 'bounding set', host: statusOf(host.pid, 'CapBnd') });
  context.control('the same nodes made and opened on the host', {
    outcome: opened.length > 0 ? 'opposite' : 'same',
    observed: free.replaceAll('\n', ', '),
  });
});
