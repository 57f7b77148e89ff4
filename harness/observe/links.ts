// The veth pair between a container and the parent namespace, by netlink on both sides: independent
// of names, with addresses on the link or on its bridge.
import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { execa } from 'execa';

export interface Link {
  readonly index: number;
  readonly name: string;
  /** `veth`, `bridge` …; `none` for the loopback and for hardware. */
  readonly kind: string;
  /** Index of its other end, in that end's namespace; 0: none. */
  readonly other: number;
  /** The other end's namespace: its own, the other process's, or a third. */
  readonly otherIn: 'own' | 'other' | 'unknown';
  /** Index of its bridge; 0: none. */
  readonly master: number;
  /** IPv4, without the prefix. */
  readonly addresses: readonly string[];
}

export interface LinkEnd {
  readonly name: string;
  readonly index: number;
  readonly kind: string;
  readonly address: string;
  /** Name of the bridge with the address, if it is not on the link itself. */
  readonly bridge?: string;
}

export interface Pair {
  readonly container: LinkEnd;
  readonly parent: LinkEnd;
}

/**
 * Both ends of the pair that connects the namespace of `pid` to this process's.
 *
 * @param probe Host path of the program `link-list`.
 * @throws Error that names what is missing, and the existing links.
 */
export async function pairOf(pid: number, probe: string): Promise<Pair> {
  return pairAmong(await linksOf(pid, process.pid, probe), await linksOf(process.pid, pid, probe));
}

/** The interfaces in the network namespace of `pid`; `other`: a process of the other namespace. */
export async function linksOf(pid: number, other: number, probe: string): Promise<Link[]> {
  const { stdout } = await execa(probe, [String(pid), String(other)]);
  return stdout.split('\n').map(parse);
}

const LINE = /^(\d+) (\S+) (\S+) to (\d+)@(own|other|unknown) master (\d+)((?: [\d.]+\/\d+)*)$/;

function parse(line: string): Link {
  const [, index, name, kind, other, where, master, addresses] = LINE.exec(line) ?? [];
  if (name === undefined || kind === undefined) throw new Error(`not a line of link-list: ${line}`);
  return {
    index: Number(index),
    name,
    kind,
    other: Number(other),
    otherIn: where === 'own' || where === 'other' ? where : 'unknown',
    master: Number(master),
    addresses: (addresses ?? '')
      .split(' ')
      .flatMap((text) => text.split('/', 1))
      .filter(Boolean),
  };
}

/** The pair among the links of both namespaces, each listed with the other one as `other`. */
export function pairAmong(inside: readonly Link[], outside: readonly Link[]): Pair {
  const pairs = inside.flatMap((link) => {
    const peer = outside.find(
      ({ index, other, otherIn }) =>
        index === link.other && other === link.index && otherIn === 'other',
    );
    return link.otherIn === 'other' && peer !== undefined ? [{ link, peer }] : [];
  });
  const veths = pairs.filter(({ link, peer }) => link.kind === 'veth' && peer.kind === 'veth');
  if (veths.length === 0)
    throw new Error(
      `no veth pair connects the container to the parent namespace: ${shown(inside)}`,
    );
  for (const { link, peer } of veths) {
    const [container, parent] = [end(link, inside), end(peer, outside)];
    if (container && parent) return { container, parent };
  }
  const lacking = veths.map(({ link, peer }) => {
    const ends = [...(end(link, inside) ? [] : [link]), ...(end(peer, outside) ? [] : [peer])];
    return ends.map(({ name }) => name).join(' and ');
  });
  throw new Error(`a veth pair without an IPv4 address at each end: not at ${lacking.join(', ')}`);
}

/** With its own address, or that of its bridge; undefined without any. */
function end({ name, index, kind, master, addresses }: Link, among: readonly Link[]) {
  const [own] = addresses;
  if (own !== undefined) return { name, index, kind, address: own };
  const bridge = among.find((link) => link.index === master);
  const address = bridge?.addresses[0];
  return bridge && address !== undefined
    ? { name, index, kind, address, bridge: bridge.name }
    : undefined;
}

function shown(links: readonly Link[]): string {
  return `it has ${links.map(({ name, kind }) => `${name} (${kind})`).join(', ') || 'no link'}`;
}

/** Names of the links in the network namespace of `pid`, by proc_pid_net(5), dev. */
export function linkNamesOf(pid: number): string[] {
  const lines = readFileSync(`/proc/${pid}/net/dev`, 'utf8').split('\n');
  return lines.flatMap((line) => /^\s*([^:|\s]+):/.exec(line)?.[1] ?? []).sort();
}

/**
 * The default gateway of `pid`: an IPv4 address, or `none`. By proc_pid_net(5), route, whose
 * numbers have the machine's byte order.
 */
export function gatewayOf(pid: number): string {
  const rows = readFileSync(`/proc/${pid}/net/route`, 'utf8').trim().split('\n').slice(1);
  const routes = rows.map((row) => row.split('\t'));
  const gateway = routes.find(([, destination]) => destination === '00000000')?.[2];
  if (gateway === undefined) return 'none';
  const bytes = Buffer.alloc(4);
  const number = Number.parseInt(gateway, 16);
  if (endianness() === 'LE') bytes.writeUInt32LE(number);
  else bytes.writeUInt32BE(number);
  return [...bytes].join('.');
}
