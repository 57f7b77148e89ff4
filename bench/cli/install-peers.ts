// `--install-peers`: the other runtimes, machines and load tools, from the distribution.
import { spawnSync } from 'node:child_process';
import { findProgram } from '../../harness/observe/find-program.ts';
import { TARGETS } from '../targets/catalogue.ts';

/** Programs that measures need beside the targets' own, with Debian's packages of the same name. */
export const TOOLS: Readonly<Record<string, string>> = {
  wrk: 'throughput',
  sysbench: 'most of processor',
  patchelf: 'crun-newest and runc-newest',
};

/** Packages of what is not installed. */
export function missingPackages(targets = TARGETS): string[] {
  const tools = Object.keys(TOOLS).map((name) => ({ program: name, package: name }));
  const missing = [...targets, ...tools].flatMap(({ program, package: debian }) =>
    program === undefined || debian === undefined || findProgram(program) ? [] : debian,
  );
  return [...new Set(missing)];
}

/** @throws Error where there is no apt, or when it fails. */
export function installPeers(packages: readonly string[], say: (line: string) => void): void {
  if (packages.length === 0) return void say('every peer that Debian has is installed');
  const args = ['install', '-y', '--no-install-recommends', ...packages];
  say(`installing the peers: apt-get ${args.join(' ')}`);
  const { status, error: cause } = spawnSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const help = `install ${packages.join(', ')} with this system's package program`;
  if (cause) throw new Error(`there is no apt-get here: ${help}`, { cause });
  if (status !== 0)
    throw new Error(`apt-get ended with ${status}; it may find the packages after apt-get update`);
}
