// `--install-peers`: the other runtimes, from the distribution.
import { spawnSync } from 'node:child_process';
import { PEER_PACKAGES } from './targets/peers.ts';

/** Installs the peers with apt, saying so first. Throws where there is no apt, or when it fails. */
export function installPeers(say: (line: string) => void): void {
  const command = ['apt-get', 'install', '-y', '--no-install-recommends', ...PEER_PACKAGES];
  say(`installing the peers: ${command.join(' ')}`);
  const { status, error } = spawnSync('apt-get', command.slice(1), {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (error)
    throw new Error(`there is no apt-get here: install ${PEER_PACKAGES.join(', ')} with this system's package program`, { cause: error });
  if (status !== 0) throw new Error(`apt-get ended with ${status}; after "apt-get update" it may know the packages`);
}
