// Units of systemd: programs as services, with properties as they are written in unit files.
import { existsSync, readFileSync } from 'node:fs';
import { execa } from 'execa';
import { DEFAULT_ROOTFS, TERRARIUM } from './places.ts';

/** Whether systemd is PID 1, sd_booted(3), and control groups are one tree (v2). */
export function systemdRuns(): boolean {
  return existsSync('/run/systemd/system') && existsSync('/sys/fs/cgroup/cgroup.controllers');
}

export const SYSTEMD = 'systemd as PID 1 on cgroup v2';

export interface UnitEnd {
  readonly exitCode: number;
  readonly said: string;
}

/**
 * A command as a service with these properties, to its end. What it says on both streams; 125 is
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

/** What the caller of the specs has set for the command. */
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

/** What every `apt install` of a service does. */
export async function reloadAndStart(): Promise<void> {
  await execa('systemctl', ['daemon-reload']);
  await execa('systemd-run', ['--quiet', '--scope', 'true']);
}

/** The group of a process, as the host's tree has it: `/system.slice/web.service`. */
export function groupOf(pid: number): string {
  const text = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  return /^0::(.*)$/m.exec(text)?.[1] ?? 'none';
}
