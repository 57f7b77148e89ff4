// Units of systemd: programs as services, with properties as in unit files.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { eventually } from '../../harness/observe/process.ts';
import { DEFAULT_ROOTFS, TERRARIUM } from './places.ts';

export const TREE = '/sys/fs/cgroup';

/** Whether systemd is PID 1, sd_booted(3), with cgroup v2. */
export function systemdRuns(): boolean {
  return existsSync('/run/systemd/system') && existsSync(join(TREE, 'cgroup.controllers'));
}

export const SYSTEMD = 'systemd as PID 1 on cgroup v2';

export interface UnitEnd {
  readonly exitCode: number;
  readonly said: string;
}

/**
 * Runs a command as a service with these properties until it exits. Returns both streams; 125 is
 * the command's own refusal.
 */
export async function inService(
  properties: readonly string[],
  command: readonly string[],
  options: readonly string[] = [],
): Promise<UnitEnd> {
  const { exitCode = -1, all = '' } = await execa(
    'systemd-run',
    ['--quiet', '--wait', '--pipe', '--collect', ...environment(), ...options]
      .concat(properties.map((property) => `--property=${property}`))
      .concat('--', ...command),
    { reject: false, all: true, stdin: 'ignore' },
  );
  return { exitCode, said: all };
}

/** Variables of the caller for the command. */
function environment(): string[] {
  return Object.entries(process.env).flatMap(([name, value]) =>
    name.startsWith('TERRARIUM_') ? [`--setenv=${name}=${value}`] : [],
  );
}

/** The command line of a container without a network. */
export function containerOf(command: readonly string[], ...flags: readonly string[]): string[] {
  const options = ['--network', 'none', ...flags];
  return [TERRARIUM, 'shell', DEFAULT_ROOTFS, 'box', ...options, '--', ...command];
}

/**
 * Makes a scope with Delegate=yes around a process and returns its directory: containers started by
 * that process have their cgroups below it, under predictable names.
 */
export async function delegatedTo(pid: number, unit: string): Promise<string> {
  const scope = `${unit}.scope`;
  await execa('busctl', [
    ...['call', 'org.freedesktop.systemd1', '/org/freedesktop/systemd1'],
    ...['org.freedesktop.systemd1.Manager', 'StartTransientUnit', 'ssa(sv)a(sa(sv))', scope],
    ...['fail', '2', 'Delegate', 'b', 'true', 'PIDs', 'au', '1', String(pid), '0'],
  ]);
  await eventually(`it is in ${scope}`, () => groupOf(pid).endsWith(`/${scope}`));
  const directory = join(TREE, groupOf(pid));
  // v2 allows no processes beside cgroups with controllers.
  mkdirSync(join(directory, 'shell'));
  writeFileSync(join(directory, 'shell/cgroup.procs'), String(pid));
  return directory;
}

/** The same as an `apt install` of a service. */
export async function reloadAndStart(): Promise<void> {
  await execa('systemctl', ['daemon-reload']);
  await execa('systemd-run', ['--quiet', '--scope', 'true']);
}

/** The cgroup of a process in the host's tree: `/system.slice/web.service`. */
export function groupOf(pid: number): string {
  const text = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  return /^0::(.*)$/m.exec(text)?.[1] ?? 'none';
}
