// On a machine booted by systemd: limits persist, limits of units and slices apply, and restricted
// services can start containers.
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { eventually } from '../harness/observe/process.ts';
import { OURS, testRequirement } from './suite.ts';
import { pidWhenRunning } from './support/host-shells.ts';
import { randomName } from './support/places.ts';
import { deleteIfThere, stateOf } from './support/subject.ts';
import {
  containerOf,
  groupOf,
  inService,
  reloadAndStart,
  SYSTEMD,
  systemdRuns,
  TREE,
} from './support/units.ts';

/** More than a unit's 200 MiB, less than every machine has. */
const HOG = ['memory-hog', '300'];
const BOUND = ['MemoryMax=200M', 'MemorySwapMax=0'];
/** Otherwise systemd stops a unit in which the kernel kills a process. */
const GOES_ON = 'OOMPolicy=continue';

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return 'no such file';
  }
}

testRequirement('SYSD-01', OURS, async (context) => {
  const { shell, control, say, outside, notProvenHere, onCleanup } = context;
  if (!systemdRuns()) notProvenHere(SYSTEMD);
  await say('The control: a cgroup beside systemd’s own, with its own cpuset.');
  const group = join(TREE, randomName('spec'));
  mkdirSync(group);
  onCleanup(() => rmdirSync(group));
  writeFileSync(join(TREE, 'cgroup.subtree_control'), '+cpuset');
  writeFileSync(join(group, 'cpuset.cpus'), '0');
  await reloadAndStart();
  const left = textOf(join(group, 'cpuset.cpus'));
  if (left === '0') notProvenHere('a systemd that switches cpuset off: a unit here needs it');
  control('cpuset.cpus of a cgroup beside systemd’s, after daemon-reload and the start of a unit', {
    outcome: 'opposite',
    observed: left === '' ? 'empty' : left,
  });

  await say(
    'Open a container shell with limits. systemd reloads, starts a unit, changes its scope.',
  );
  const limits = { memory: '64m', pidsLimit: '20', cpusetCpus: '0', network: 'none' };
  const box = await shell({ hostname: 'kept', ...limits });
  const own = groupOf(box.host.pid);
  const scope = own.split('/').find((part) => part.endsWith('.scope')) ?? 'none';
  expect(outside('its group', own)).toMatch(/\.scope\/terrarium-[^/]+$/);
  await reloadAndStart();
  await execa('systemctl', ['set-property', '--runtime', scope, 'CPUWeight=90']);
  await execa('systemctl', ['daemon-reexec']);
  await reloadAndStart();
  const now = (file: string) => outside(`${file} afterwards`, textOf(join(TREE, own, file)));
  expect(now('cpuset.cpus')).toBe('0');
  expect(now('memory.max')).toBe(String(64 * 2 ** 20));
  expect(now('pids.max')).toBe('20');
  await expect(box).toPrint('cpu-burner 2 0.2 | tail -n 1', 'cpus seen 0');
});

testRequirement('SYSD-02', OURS, async ({ control, say, outside, inside, notProvenHere }) => {
  if (!systemdRuns()) notProvenHere(SYSTEMD);
  await say('A service with Delegate=yes and 200 MiB: a container in it takes 300.');
  const where = ['sh', '-c', `memory-hog 20; ${HOG.join(' ')}`];
  const bounded = await inService(['Delegate=yes', GOES_ON, ...BOUND], containerOf(where));
  expect(inside('exit status of memory-hog 300', bounded.exitCode)).toBe(137);
  const path = await inService(
    ['Delegate=yes'],
    [...['/bin/sh', '-c', 'exec "$@"', 'sh'], ...containerOf(['sh', '-c', 'sleep 1'], '--trace')],
  );
  expect(outside('its group', /mkdir (\S+)/.exec(path.said)?.[1] ?? 'none')).toMatch(
    /\.service\/terrarium-[^/]+$/,
  );
  await say('The control: the same service without the limit.');
  const free = await inService(['Delegate=yes', GOES_ON], containerOf(HOG));
  control('the same in a unit without MemoryMax=', {
    outcome: free.exitCode === 0 ? 'opposite' : 'same',
    observed: `exit status ${free.exitCode}`,
  });
});

testRequirement('SYSD-03', OURS, async ({ id, control, say, inside, notProvenHere, onCleanup }) => {
  if (!systemdRuns()) notProvenHere(SYSTEMD);
  const slice = `${randomName(id).replaceAll('-', '')}.slice`;
  await say(
    'A service in a slice with 200 MiB, without Delegate=: a container of it asks for 300.',
  );
  onCleanup(() => execa('systemctl', ['stop', slice], { reject: false }));
  onCleanup(() => execa('systemctl', ['revert', slice], { reject: false }));
  const hog = () => inService([GOES_ON], containerOf(HOG), [`--slice=${slice}`]);
  await execa('systemctl', ['set-property', '--runtime', slice, ...BOUND]);
  expect(inside('exit status of memory-hog 300', (await hog()).exitCode)).toBe(137);
  await say('The control: the same slice without the limit.');
  const none = ['MemoryMax=infinity', 'MemorySwapMax=infinity'];
  await execa('systemctl', ['set-property', '--runtime', slice, ...none]);
  const free = await hog();
  control('the same in the slice without a limit', {
    outcome: free.exitCode === 0 ? 'opposite' : 'same',
    observed: `exit status ${free.exitCode}`,
  });
});

testRequirement(
  'SYSD-04',
  OURS,
  async ({ id, control, say, outside, notProvenHere, onCleanup }) => {
    if (!systemdRuns()) notProvenHere(SYSTEMD);
    const session = ['User=root', 'PAMName=login'];
    const name = randomName(id);
    onCleanup(() => deleteIfThere(name));
    await say('Start a background container in a login session, and end the session.');
    const flags = ['--detach', '--name', name, '--memory', '64m', '--cpuset-cpus', '0'];
    const { exitCode, said } = await inService(session, containerOf(['sleep', '600'], ...flags));
    expect([exitCode, said.trim()]).toEqual([0, name]);
    const { status, pid } = await stateOf(name);
    expect(outside('state after log-out', status)).toBe('running');
    const group = groupOf(pid);
    expect(outside('its group', group)).toMatch(new RegExp(`/terrarium-${name}.scope/[^/]+$`));
    expect(outside('memory.max', textOf(join(TREE, group, 'memory.max')))).toBe(String(64 << 20));
    expect(outside('cpuset.cpus', textOf(join(TREE, group, 'cpuset.cpus')))).toBe('0');

    await say('The control: a foreground container ends with its session.');
    const [unit, other] = [randomName(id), randomName(id)];
    onCleanup(() => deleteIfThere(other));
    const properties = session.map((property) => `--property=${property}`);
    await execa('systemd-run', [
      ...['--quiet', '--collect', `--unit=${unit}`, ...properties, '--'],
      ...containerOf(['sleep', '600'], '--name', other),
    ]);
    onCleanup(() => execa('systemctl', ['stop', unit], { reject: false }));
    const first = await pidWhenRunning(other);
    await execa('systemctl', ['stop', unit]);
    await eventually('it has ended', () => textOf(`/proc/${first}/cgroup`) === 'no such file');
    control('a container in the foreground of a session that ends', {
      ...{ outcome: 'opposite', observed: 'ended' },
    });
  },
);

testRequirement(
  'SYSD-05',
  OURS,
  async ({ id, control, say, outside, notProvenHere, onCleanup }) => {
    if (!systemdRuns()) notProvenHere(SYSTEMD);
    /** Starts a background process in a service; returns the result of its stop. */
    const stopOf = async (background: string) => {
      const unit = randomName(id);
      onCleanup(() => execa('systemctl', ['stop', unit], { reject: false }));
      await execa('systemd-run', [
        ...['--quiet', `--unit=${unit}`, '--property=TimeoutStopSec=3'],
        ...['--property=SuccessExitStatus=TERM', '--', '/bin/sh', '-c'],
        `${background}\ntouch /run/${unit}; exec sleep 600`,
      ]);
      await eventually('it is there', () => textOf(`/run/${unit}`) !== 'no such file');
      await execa('rm', [`/run/${unit}`]);
      await execa('systemctl', ['stop', unit]);
      const shown = await execa('systemctl', ['show', '--property=Result', '--value', unit]);
      await execa('systemctl', ['reset-failed', unit], { reject: false });
      return shown.stdout.trim();
    };
    const name = randomName(id);
    onCleanup(() => deleteIfThere(name));
    await say('A service starts a background container, and is stopped.');
    const start = containerOf(['sleep', '600'], '--detach', '--name', name).join(' ');
    expect(outside('result of the stop', await stopOf(start))).toBe('success');
    expect(outside('the container afterwards', (await stateOf(name)).status)).toBe('running');
    await say('The control: systemd waits for processes in the service’s cgroup, and kills them.');
    const result = await stopOf("(trap '' TERM; setsid sleep 600) &");
    control('a process in the background that does not heed SIGTERM', {
      outcome: result === 'timeout' ? 'opposite' : 'same',
      observed: result,
    });
    await say('Stopping the container’s scope ends the container.');
    await execa('systemctl', ['stop', `terrarium-${name}.scope`]);
    expect(outside('after the stop of its scope', (await stateOf(name)).status)).toBe('stopped');
  },
);

/** Settings under which containers start. */
const FREE = [
  ...['NoNewPrivileges=yes', 'ProtectSystem=full', 'ProtectHome=yes', 'PrivateTmp=yes'],
  ...['ProtectKernelTunables=yes', 'ProtectKernelModules=yes', 'ProtectClock=yes'],
  ...['LockPersonality=yes', 'MemoryDenyWriteExecute=yes', 'PrivateNetwork=yes'],
];
/** Settings that forbid what a container needs, and the error texts. */
const FORBIDDING: readonly (readonly [property: string, said: RegExp])[] = [
  ['ProtectSystem=strict', /EROFS.*\n.*ProtectSystem=strict, RuntimeDirectory=terrarium/],
  ['ProtectControlGroups=yes', /mounted read-only at .*ProtectControlGroups=/],
  ['PrivateDevices=yes', /mknod .*EPERM.*\n.*PrivateDevices=/],
  ['PrivateUsers=yes', /EPERM.*\n.*PrivateUsers=/],
  ['ProtectHostname=yes', /sethostname .*EPERM.*\n.*ProtectHostname=/],
  ['RestrictNamespaces=yes', /clone3 .*ENOSYS.*\n.*RestrictNamespaces=/],
  ['RestrictSUIDSGID=yes', /ENOSYS.*\n.*RestrictSUIDSGID=/],
  ['RestrictAddressFamilies=AF_UNIX', /EAFNOSUPPORT.*\n.*RestrictAddressFamilies=/],
  ['CapabilityBoundingSet=~CAP_SYS_ADMIN', /EPERM.*\n.*CapabilityBoundingSet=/],
  ['SystemCallFilter=~@mount', /signal 31 .*\n.*SystemCallFilter=/],
];

testRequirement('SYSD-06', OURS, async ({ id, control, say, inside, notProvenHere, onCleanup }) => {
  if (!systemdRuns()) notProvenHere(SYSTEMD);
  const start = containerOf(['hostname'], '--memory', '64m');
  await say('A service with each of these settings can start a container.');
  for (const property of FREE) {
    const { exitCode, said } = await inService([property], start);
    expect([property, exitCode, inside(property, said.trim())]).toEqual([property, 0, 'box']);
  }
  await say('With these it cannot, and the error names the setting.');
  for (const [property, expected] of FORBIDDING) {
    const { exitCode, said } = await inService([property], start);
    inside(property, said.trim());
    expect([property, exitCode, said]).toEqual([property, 125, expect.stringMatching(expected)]);
  }
  await say(
    'With Delegate=pids, in a slice where no unit has cpuset, processors cannot be chosen.',
  );
  const slice = `${randomName(id).replaceAll('-', '')}.slice`;
  onCleanup(() => execa('systemctl', ['stop', slice], { reject: false }));
  const chosen = containerOf(['hostname'], '--cpuset-cpus', '0');
  const { exitCode, said } = await inService(['Delegate=pids'], chosen, [`--slice=${slice}`]);
  expect([exitCode, inside('Delegate=pids', said.trim())]).toEqual([
    125,
    expect.stringMatching(/choice of processors cannot be enforced.*\n.*Delegate=yes/),
  ]);
  await say('The control: without any of them.');
  const free = await inService([], start);
  control('a service without a restriction', {
    outcome: free.exitCode === 0 && free.said.trim() === 'box' ? 'opposite' : 'same',
    observed: free.said.trim(),
  });
});
