// The provenance of a run: host, commit, command. Read once, at the start.
import { execFileSync } from 'node:child_process';
import { arch, cpus, hostname, release, totalmem } from 'node:os';
import type { Evidence, HostSummary } from '../evidence/model.ts';
import { textIfThere } from '../observe/if-there.ts';
import { mountsIn } from '../observe/mounts.ts';
import { contentHash } from './content.ts';

/** Memory in bytes. The requirements fill `lacks` with missing features. */
export function hostSummary(): Omit<HostSummary, 'lacks'> {
  return {
    hostname: hostname(),
    kernel: release(),
    distribution:
      /^PRETTY_NAME="?([^"\n]*)/m.exec(textIfThere('/etc/os-release'))?.[1] ??
      'unknown distribution',
    arch: arch(),
    cpus: cpus().length,
    memoryBytes: totalmem(),
    cgroups: cgroupLayout(),
    node: process.version,
  };
}

function cgroupLayout(): string {
  const types = mountsIn(textIfThere('/proc/self/mountinfo')).map(({ type }) => type);
  const v1 = types.includes('cgroup');
  if (types.includes('cgroup2')) return v1 ? 'hybrid (v1 controllers, empty v2)' : 'v2';
  return v1 ? 'v1' : 'none mounted';
}

/**
 * Git runs as root on a checkout that another user may own, hence `safe.directory`. It must not
 * refresh the index as root. Without git the content hash identifies the sources.
 */
export function commitOf(project: string): Evidence['commit'] {
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['--no-optional-locks', '-c', `safe.directory=${project}`, '-C', project, ...args],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    ).trim();
  try {
    // An unpacked submission may lie in another repository, whose commit is unrelated.
    if (git('rev-parse', '--show-prefix') !== '') return { id: contentHash(project), dirty: false };
    return {
      id: git('rev-parse', 'HEAD'),
      dirty: git('status', '--porcelain', '--untracked-files=no') !== '',
    };
  } catch {
    return { id: contentHash(project), dirty: false };
  }
}

/** The typed command of this run, as far as known. */
export function commandLine(
  environment: Readonly<Record<string, string | undefined>>,
  argv: readonly string[],
): string {
  if (environment.TERRARIUM_COMMAND) return environment.TERRARIUM_COMMAND;
  if (environment.npm_lifecycle_event)
    return `${sudo(environment)}npm run ${environment.npm_lifecycle_event}`;
  return ['vitest', ...argv].join(' ');
}

function sudo(environment: Readonly<Record<string, string | undefined>>): string {
  return environment.SUDO_UID === undefined ? '' : 'sudo ';
}
