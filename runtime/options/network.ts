// `--network` and `--ip`.
import type { NetworkMode } from '../config/config.ts';
import { parsePath } from '../config/paths.ts';
import type { Parsed, Problems } from '../config/problems.ts';
import { suggestion } from '../config/suggest.ts';
import type { Given } from './index.ts';
import { option, text } from './option.ts';

const heading = 'Namespaces and network:';
const MODES: readonly string[] = ['veth', 'none', 'host'];

export const network = {
  /**
   * `veth` (default): its own network and a link to the host's; `none`: only a loopback; `host`:
   * the host's; `ns:PATH`: joins that namespace.
   */
  network: option(text<'veth' | 'none' | 'host' | `ns:${string}`>(), {
    flag: '--network <mode>',
    help: 'veth (default), none, host, or ns:/run/netns/NAME to join one',
    heading,
    refuse: refuseNetwork,
  }),
  /**
   * The container's address with network `veth`, in 198.18.0.0/15, `/30` optional. Default: a free
   * one.
   */
  ip: option(text(), {
    flag: '--ip <address>',
    help: "the container's address, 198.18.x.y/30 (default: a free one)",
    heading,
  }),
};

/** As a hint; undefined for what joins a namespace. */
export function refuseJoin(word: string): string | undefined {
  if (word.startsWith('ns:')) return undefined;
  return word.startsWith('/') ? `did you mean ns:${word}?` : 'it is written ns:PATH';
}

function refuseNetwork(word: string): string | undefined {
  if (MODES.includes(word)) return undefined;
  return suggestion(word, MODES) ?? refuseJoin(word);
}

/** The path of `ns:PATH`; undefined if it is something else. */
export function parseJoin(text: string): Parsed<string> | undefined {
  return text.startsWith('ns:') ? parsePath(text.slice(3), 'on the host') : undefined;
}

export function parseNetwork(
  options: Pick<Given, 'network' | 'ip'>,
  problems: Problems,
): NetworkMode {
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
  const otherwise = text.startsWith('/')
    ? `did you mean ns:${text}?`
    : 'veth, none, host, or ns:PATH to join one';
  return { problem: 'is no kind of network', hint: suggestion(text, MODES, otherwise) };
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
