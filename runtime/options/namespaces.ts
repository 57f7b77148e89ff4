// Which namespaces are made, joined or shared, and the network that follows from it.

import type { Namespace, NamespaceType, NetworkMode } from '../config/config.ts';
import { parsePath } from '../config/paths.ts';
import type { Parsed, Problems } from '../config/problems.ts';
import { suggestion } from '../config/suggest.ts';
import type { HostFacts } from '../host/facts.ts';
import type { Given } from './shape.ts';

type Chosen = Pick<
  Given,
  'network' | 'ip' | 'pid' | 'uts' | 'ipc' | 'mountNs' | 'cgroupNs' | 'hostname'
>;

/** The namespaces in the order they are planned; a shared one is absent. */
export function parseNamespaces(
  options: Chosen,
  host: Pick<HostFacts, 'hostname'>,
  problems: Problems,
): { namespaces: Namespace[]; network: NetworkMode } {
  const network = parseNetwork(options, problems);
  const namespaces: Namespace[] = [];
  const add = (field: keyof Chosen, type: NamespaceType) => {
    const namespace = problems.accept(
      field,
      options[field],
      parseNamespace(options[field] ?? 'new', type),
    );
    if (namespace !== undefined && namespace !== 'host') namespaces.push(namespace);
  };
  add('mountNs', 'mount');
  add('pid', 'pid');
  if (network.mode === 'join') namespaces.push({ type: 'network', path: network.path });
  else if (network.mode !== 'host') namespaces.push({ type: 'network' });
  add('uts', 'uts');
  add('ipc', 'ipc');
  add('cgroupNs', 'cgroup');
  if (
    options.uts === 'host' &&
    options.hostname !== undefined &&
    options.hostname !== host.hostname
  ) {
    problems.add(
      'hostname',
      options.hostname,
      'would rename the host, whose UTS namespace is shared',
      `with uts host the hostname has to be ${host.hostname}`,
    );
  }
  return { namespaces, network };
}

function parseNamespace(text: string, type: NamespaceType): Parsed<Namespace | 'host'> {
  if (text === 'new') return { value: { type } };
  if (text === 'host' && type === 'mount')
    return {
      problem: "cannot be the host's",
      hint: 'its root would be exchanged; leave it out, or join one with ns:PATH',
    };
  if (text === 'host') return { value: 'host' };
  const path = parseJoin(text);
  if (path) return 'problem' in path ? path : { value: { type, path: path.value } };
  const hint =
    type === 'mount'
      ? 'ns:PATH joins one; leave it out for a new one'
      : 'ns:PATH joins one, host shares the host’s; leave it out for a new one';
  return {
    problem: 'is no namespace',
    hint: text.startsWith('/') ? `did you mean ns:${text}?` : hint,
  };
}

/** The path of `ns:PATH`; undefined if it is something else. */
function parseJoin(text: string): Parsed<string> | undefined {
  return text.startsWith('ns:') ? parsePath(text.slice(3), 'on the host') : undefined;
}

function parseNetwork(options: Chosen, problems: Problems): NetworkMode {
  const text = options.network ?? 'veth';
  const mode = problems.accept('network', text, parseNetworkMode(text)) ?? { mode: 'none' };
  if (options.ip === undefined) return mode;
  const address = problems.accept('ip', options.ip, parseAddress(options.ip));
  if (mode.mode === 'veth') return address === undefined ? mode : { mode: 'veth', address };
  if (text === mode.mode || mode.mode === 'join')
    problems.add(
      'ip',
      options.ip,
      `needs a link of its own, and network ${text} makes none`,
      'leave it out, or use network veth',
    );
  return mode;
}

function parseNetworkMode(text: string): Parsed<NetworkMode> {
  if (text === 'veth' || text === 'none' || text === 'host') return { value: { mode: text } };
  const path = parseJoin(text);
  if (path) return 'problem' in path ? path : { value: { mode: 'join', path: path.value } };
  const modes = ['veth', 'none', 'host'];
  const otherwise = text.startsWith('/')
    ? `did you mean ns:${text}?`
    : 'veth, none, host, or ns:PATH to join one';
  return { problem: 'is no kind of network', hint: suggestion(text, modes, otherwise) };
}

/**
 * Dotted decimal in 198.18.0.0/15 (RFC 2544), `/30` optional; the first and last address of a /30
 * are no host's. Agrees with `slotOf` in runtime/network.
 */
export function parseAddress(text: string): Parsed<string> {
  const hint = 'dotted decimal in 198.18.0.0/15, such as 198.18.0.2 or 198.18.0.2/30';
  const [address = '', prefix, ...more] = text.split('/');
  const parts = address.split('.');
  const octets = parts.map((part) => (/^(?:0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256));
  const [first, second, , last = 0] = octets;
  if (octets.length !== 4 || octets.some((octet) => octet > 255) || more.length > 0)
    return { problem: 'is no IPv4 address', hint };
  if (prefix !== undefined && prefix !== '30')
    return { problem: `has the prefix /${prefix}`, hint: 'every container has a /30 of its own' };
  if (first !== 198 || (second !== 18 && second !== 19))
    return { problem: 'is outside 198.18.0.0/15', hint };
  if (last % 4 === 0 || last % 4 === 3)
    return {
      problem: 'is the network or broadcast address of its /30',
      hint: 'the last number modulo 4 is 1 or 2',
    };
  return { value: address };
}
