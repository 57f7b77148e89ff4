// What root inside cannot do: capabilities, setuid programs, kernel files, devices. Each control is
// the same probe unconfined.
import { existsSync, mkdtempSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { expect } from 'vitest';
import type { Recorded, Seen } from '../harness/matchers/recorded.ts';
import { mountsOf } from '../harness/observe/mounts.ts';
import type { Host } from '../harness/observe/process.ts';
import type { Box } from '../harness/shell/box.ts';
import { isOurs, OURS, testRequirement } from './suite.ts';
import { DEFAULT_ROOTFS, TERRARIUM } from './support/places.ts';
import { terrarium } from './support/subject.ts';

/**
 * CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_RAW,
 * SYS_CHROOT, MKNOD, AUDIT_WRITE, SETFCAP.
 */
const CONVENTIONAL = '00000000a80425fb';
/** Without enforced device rules any node could be opened, so nodes cannot be created. */
const WITHOUT_MKNOD = '00000000a00425fb';
const NONE = '0'.repeat(16);
const BPF = '/proc/sys/kernel/unprivileged_bpf_disabled';

/** v1 has a devices controller, v2 uses a program if the kernel has bpf(2). */
function enforcesDeviceRules(host: Host): boolean {
  const v1 = host.cgroupFile('devices.list', 'devices.list');
  return (
    v1 !== undefined ||
    (host.cgroupFile('cpu.stat', 'cgroup.type') !== undefined && existsSync(BPF))
  );
}

const bits = (mask: string) => BigInt(`0x${mask}`).toString(2).replaceAll('0', '').length;

testRequirement('SAFE-01', OURS, async ({ shell, control, host, say, inside }) => {
  await say('Root inside reads its capabilities from the kernel, and so does the host.');
  const box = await shell();
  const all = enforcesDeviceRules(box.host) ? CONVENTIONAL : WITHOUT_MKNOD;
  const sets = { CapInh: NONE, CapPrm: all, CapEff: all, CapBnd: all, CapAmb: NONE };
  const held = (set: string) => async (of: Box) => ({
    inside: await of.type(`sed -n 's/^${set}:\\t//p' /proc/self/status`),
    host: of.host.status(set),
  });
  for (const [set, mask] of Object.entries(sets)) await expect(box).toAnswer(set, held(set), mask);
  await say('A command started by exec has no more, and inherits none (CVE-2022-29162).');
  const executed = ['exec', box.name, '--', 'sed', '-n', 's/^Cap...:\\t//p', '/proc/self/status'];
  const { stdout } = await terrarium(executed);
  expect(inside('all five of exec', stdout)).toBe(Object.values(sets).join('\n'));
  await say('Raising the priority needs CAP_SYS_NICE, which is not among the 14.');
  const label = 'raising the priority';
  const refusal = /Permission denied|Operation not permitted/;
  await expect(box).toPrint('renice -n -1 -p $$', refusal, label);
  await say('The control: root on the host has more, and can.');
  await control(
    () => host.shell(),
    async (free) => [
      await expect(free).toPrint('renice -n -1 -p $$; echo status $?', /status 0$/, label),
      await expect(free).toAnswer('CapEff', held('CapEff'), (mask) => bits(mask) > 14),
    ],
  );
});

testRequirement('SAFE-02', async ({ shell, control, say }) => {
  const tmpfs = ['/tmp:exec,suid'];
  const prepare =
    'cp /usr/bin/open-try /tmp/opener; chmod 4755 /tmp/opener; ' +
    'echo x >/tmp/secret; chmod 600 /tmp/secret';
  const attempt = "su student -c '/tmp/opener /tmp/secret'";
  const flag = (of: Box) => ({ host: of.host.status('NoNewPrivs') });
  await say('A setuid-root program that reads a file, and a file that only root can read.');
  const box = await shell({ tmpfs });
  await box.type(prepare);
  await say('An ordinary user runs it, and stays an ordinary user.');
  const refused = '/tmp/secret read: EACCES write: EACCES';
  await expect(box).toPrint(attempt, refused, 'setuid program');
  await expect(box).toAnswer('NoNewPrivs', flag, 1);
  await say('The control: without no_new_privs the same user becomes root.');
  const further = ['--security-opt', 'no-new-privileges=false'];
  await control(
    () => shell({ tmpfs, further }),
    async (free) => {
      await free.type(prepare);
      return [
        await expect(free).toAnswer('NoNewPrivs', flag, 0),
        await expect(free).toPrint(attempt, /^\/tmp\/secret read: ok/, 'setuid program'),
      ];
    },
  );
});

/** OCI's conventional paths, and those of later kernels. */
const MASKED = [
  ...['/proc/acpi', '/proc/asound', '/proc/interrupts', '/proc/kcore', '/proc/keys'],
  ...['/proc/latency_stats', '/proc/sched_debug', '/proc/scsi', '/proc/timer_list'],
  ...['/proc/timer_stats', '/sys/devices/virtual/powercap', '/sys/firmware'],
];
const READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];
/** Settings in or beside them: on the host they open for writing. */
const SWITCHES = [
  ...['/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger'],
  ...['/proc/irq/default_smp_affinity', '/sys/power/state'],
];

/** `ro proc`: the kernel's entry for the mount on this path. */
function mountOn(path: string, { host }: Box): string {
  const found = mountsOf(host.pid).findLast(({ point }) => point === path);
  if (found === undefined) return 'no mount';
  return `${found.options.includes('ro') ? 'ro' : 'rw'} ${found.type}`;
}

interface Look {
  readonly label: string;
  readonly look: (box: Box) => Seen | Promise<Seen>;
  readonly confined: RegExp;
  readonly free: RegExp;
}

const opening = (path: string) => (box: Box) => box.ask('open-try', path);

/** For the paths of this kernel. */
function looksAtKernelFiles(): Look[] {
  const there = (paths: readonly string[]) => paths.filter((path) => existsSync(path));
  const [masked, fixed] = [there(MASKED), there(READ_ONLY)];
  const directories = masked.filter((path) => statSync(path).isDirectory());
  return [
    ...[...masked, ...fixed].map((path) => ({
      label: `mount on ${path}`,
      look: (box: Box) => ({ host: mountOn(path, box) }),
      ...{ confined: /^ro /, free: /^no mount$/ },
    })),
    ...masked
      .filter((path) => !directories.includes(path))
      .map((path) => ({
        ...{ label: `${path}, read`, look: opening(path) },
        ...{ confined: / read: empty /, free: / read: (?!empty)/ },
      })),
    ...directories
      .filter((path) => readdirSync(path).length > 0)
      .map((path) => ({
        label: `${path}, entries`,
        look: (box: Box) => box.type(`ls -A ${path} | wc -l`),
        ...{ confined: /^0$/, free: /^[1-9]/ },
      })),
    ...there(SWITCHES).map((path) => ({
      ...{ label: `${path}, opened for writing`, look: opening(path) },
      ...{ confined: / write: EROFS$/, free: / write: (?!EROFS)/ },
    })),
  ];
}

/** Options that the mounts of every container, or their file systems, have among others. */
const MOUNTS: Readonly<Record<string, string>> = {
  '/proc': 'nosuid nodev noexec',
  '/dev': 'nosuid mode=755 size=65536k',
  '/dev/pts': 'nosuid noexec mode=620 gid=5 ptmxmode=666',
  '/dev/shm': 'nosuid nodev noexec size=65536k',
  '/dev/mqueue': 'nosuid nodev noexec',
  '/sys': 'ro nosuid nodev noexec',
};

/** The options of `wanted` that the mount on this path has. */
function optionsOn(path: string, wanted: string, { host }: Box): Seen {
  const found = mountsOf(host.pid).findLast(({ point }) => point === path);
  const has = new Set([...(found?.options ?? []), ...(found?.superOptions ?? [])]);
  const there = wanted.split(' ').filter((option) => has.has(option));
  return { host: there.join(' ') || 'none' };
}

const SHM_SIZE = 'size of /dev/shm, by its mount';
const SHM_FULL = 'bytes that fit into /dev/shm';
const FILL = 'head -c 70m /dev/zero >/dev/shm/f 2>/dev/null; stat -c %s /dev/shm/f; rm /dev/shm/f';

function sizeOfShm({ host }: Box): Seen {
  const shm = mountsOf(host.pid).find(({ point }) => point === '/dev/shm');
  return { host: shm?.superOptions.find((option) => option.startsWith('size=')) ?? 'none' };
}

const NOTHING = `${TERRARIUM} shell ${DEFAULT_ROOTFS} box --network none -- true 2>&1; echo \\$?`;

testRequirement('SAFE-04', async ({ shell, subject, control, host, say }) => {
  const looks = looksAtKernelFiles();
  const box = await shell({ network: 'none' });
  await say('Kernel files about the host are empty, and its settings are read-only.');
  for (const { label, look, confined } of looks) await expect(box).toAnswer(label, look, confined);
  if (isOurs(subject)) {
    await say('On a host whose /dev/null is a file nothing can be masked, so nothing starts.');
    const file = `f=$(mktemp); unshare --mount sh -c "mount --bind $f /dev/null; ${NOTHING}"`;
    const careless = await host.shell('the host, with a file for /dev/null', 'subject');
    await expect(careless).toPrint(`${file}; rm $f`, /: ENODEV[\s\S]*\n125$/, 'such a start');
  }
  await say('The mask does not expose the host’s /dev/null: its mode is fixed.');
  await expect(box).toPrint('chmod 600 /proc/interrupts', /Read-only file system$/);
  await say('The control: on the host the same files have content and open for writing.');
  await control(
    () => host.shell(),
    async (free) => {
      const recorded: Recorded[] = [];
      for (const { label, look, free: expected } of looks)
        recorded.push(await expect(free).toAnswer(label, look, expected));
      return recorded;
    },
    'the same paths on the host',
  );
  await say(
    'No file system of the container’s own runs setuid programs, or grows without a limit.',
  );
  for (const [path, wanted] of Object.entries(MOUNTS))
    await expect(box).toAnswer(`options of ${path}`, (of) => optionsOn(path, wanted, of), wanted);
  await say('/dev/shm has at most 64 MiB, since it is memory of the host.');
  await expect(box).toAnswer(SHM_SIZE, sizeOfShm, 'size=65536k');
  await expect(box).toPrint(FILL, String(64 * 2 ** 20), SHM_FULL);
  await say('The control: with a larger size more fits.');
  await control(
    () => shell({ network: 'none', tmpfs: ['/dev/shm:size=80m,exec,suid,dev'] }),
    async (larger) => [
      await expect(larger).toAnswer(
        'options of /dev/shm',
        (of) => optionsOn('/dev/shm', MOUNTS['/dev/shm'] ?? '', of),
        'none',
      ),
      await expect(larger).toAnswer(SHM_SIZE, sizeOfShm, 'size=81920k'),
      await expect(larger).toPrint(FILL, String(70 * 2 ** 20), SHM_FULL),
    ],
  );
});

const STANDARD = ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'console'];
/** Results of mknod-try for each device but /dev/null. */
function nodesMade(answer: string): [string, string][] {
  const [, ...others] = answer
    .split('\n')
    .map((line): [string, string] => [
      line.replace(/ mknod.*/, ''),
      line.replace(/.*?(?=mknod)/, ''),
    ]);
  return others;
}

testRequirement('SAFE-05', async (context) => {
  const { shell, control, host, say, inside, outside, observe, onCleanup } = context;
  await say('Create nodes for the host’s memory, log and disks inside, and open them.');
  const box = await shell();
  const asked = await box.ask('mknod-try', '/dev');
  const [made, besides] = [nodesMade(asked.inside), nodesMade(asked.host)];
  expect([made.length, besides.length]).toEqual([11, 11]);
  for (const [device, answer] of made) expect(inside(device, answer)).toMatch(/: EPERM$/);
  for (const [device, answer] of besides) expect(outside(device, answer)).toMatch(/: EPERM$/);
  await say('The standard devices work.');
  const open = `open-try ${STANDARD.map((name) => `/dev/${name}`).join(' ')} | grep -c 'write: ok'`;
  await expect(box).toPrint(open, String(STANDARD.length), 'standard devices that can be opened');
  await say('Any user may use them, and their names in /dev are links into /proc/self/fd.');
  const anyone = 'for d in null zero full random urandom tty ptmx; do stat -L -c %a /dev/$d; done';
  await expect(box).toPrint(`${anyone} | sort -u`, '666', 'modes of the devices');
  const links = 'for l in fd stdin stdout stderr; do readlink /dev/$l; done | xargs';
  const led = ['', '/0', '/1', '/2'].map((number) => `/proc/self/fd${number}`).join(' ');
  await expect(box).toPrint(links, led, 'links in /dev');
  observe({
    label: 'device rules',
    host: box.host.cgroup('devices.list', 'devices.list')?.replaceAll('\n', ', ') ?? 'by a program',
  });
  await say('The control: on the host the same nodes open.');
  // systemd mounts /tmp nodev.
  const directory = mkdtempSync('/dev/safe-05-');
  onCleanup(() => rmdirSync(directory));
  await control(
    () => host.shell(),
    async (free) => {
      const nodes = nodesMade(await free.type(`mknod-try ${directory}`));
      const opened = nodes.filter(([, answer]) => answer.endsWith('open: ok'));
      for (const [device, answer] of opened) inside(device, answer);
      return expect(free).toAnswer(
        'nodes opened',
        () => opened.length,
        (count) => count !== '0',
      );
    },
    'the same nodes made and opened on the host',
  );
});
