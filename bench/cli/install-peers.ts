// `--install-peers`: the other runtimes, machines and load tools, from the distribution.
import { spawnSync } from 'node:child_process';
import { findProgram } from '../programs/find.ts';
import { PLACES } from '../targets/catalogue.ts';

/** Programs that measures need beside the targets' own, and Debian's packages of them. */
export const EXTRA_PACKAGES: Readonly<Record<string, string>> = {
  wrk: 'wrk',
  sysbench: 'sysbench',
};

/** Packages of what is not installed. */
export function missingPackages(): string[] {
  const wanted = [
    ...PLACES.map((place) => [place.program, place.package] as const),
    ...Object.entries(EXTRA_PACKAGES),
  ];
  const missing = wanted.flatMap(([program, debian]) =>
    program === undefined || debian === undefined || findProgram(program) !== undefined
      ? []
      : debian,
  );
  return [...new Set(missing)];
}

/** Installs packages with apt, saying so first. Throws where there is no apt, or when it fails. */
export function installPeers(packages: readonly string[], say: (line: string) => void): void {
  if (packages.length === 0) {
    say('every peer that Debian has is installed');
    return;
  }
  const command = ['apt-get', 'install', '-y', '--no-install-recommends', ...packages];
  say(`installing the peers: ${command.join(' ')}`);
  const { status, error } = spawnSync('apt-get', command.slice(1), {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (error)
    throw new Error(
      `there is no apt-get here: install ${packages.join(', ')} with this system's package program`,
      { cause: error },
    );
  if (status !== 0)
    throw new Error(
      `apt-get ended with ${status}; after "apt-get update" it may know the packages`,
    );
}
