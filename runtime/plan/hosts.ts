// The container's /etc/hosts: a file of the state directory, mounted over the image's, so that its
// own name resolves.
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { HostOp, InsideOp } from './operations.ts';

const PATH = '/etc/hosts';

/** What docker writes. */
const LOCALHOST = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::\tip6-localnet',
  'ff00::\tip6-mcastprefix',
  'ff02::1\tip6-allnodes',
  'ff02::2\tip6-allrouters',
];

export interface HostsContext {
  readonly stateRoot: string;
  /** The container's address; undefined without a link of its own. */
  readonly address: string | undefined;
  /** The host's /etc/hosts, asked for where the network is the host's. */
  readonly hostsOfHost: () => string;
}

export interface HostsPlan {
  readonly host: readonly HostOp[];
  readonly inside: readonly InsideOp[];
}

/**
 * Nothing where the caller mounts a file of their own. An image whose /etc takes no such file goes
 * without.
 */
export function hosts(config: Config, context: HostsContext): HostsPlan {
  if (config.mounts.some(({ destination }) => destination === PATH))
    return { host: [], inside: [] };
  const path = join(context.stateRoot, `${config.id}.hosts`);
  const attributes = ['nosuid', 'nodev', 'noexec'] as const;
  return {
    host: [{ kind: 'file', path, text: hostsText(config, context) }],
    inside: [
      {
        kind: 'bind',
        source: path,
        target: { path: PATH, create: 'file', optional: true },
        recursive: false,
        attributes,
      },
    ],
  };
}

/**
 * hosts(5). The name resolves to the container's address, else, as on Debian without a fixed one,
 * to 127.0.1.1.
 */
function hostsText(config: Config, { address = '127.0.1.1', hostsOfHost }: HostsContext): string {
  const { hostname, network } = config;
  const names = namesOf(hostname);
  const lines = network.mode === 'host' ? hostsOfHost().trimEnd().split('\n') : LOCALHOST;
  const known = names.length === 0 || (network.mode === 'host' && resolves(lines, hostname));
  return [...lines, ...(known ? [] : [`${address}\t${names.join(' ')}`]), ''].join('\n');
}

/** The name, and of one with a domain its first part, too. localhost has its addresses already. */
function namesOf(hostname: string): string[] {
  const [short = ''] = hostname.split('.');
  return [...new Set([hostname, short])].filter((name) => name.toLowerCase() !== 'localhost');
}

function resolves(lines: readonly string[], hostname: string): boolean {
  return lines.some((line) => {
    const [, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    return names.some((name) => name.toLowerCase() === hostname.toLowerCase());
  });
}
