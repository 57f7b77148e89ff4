// Which namespaces are made, joined or shared.
import type { Namespace, NamespaceType, NetworkMode } from '../config/config.ts';
import type { Parsed, Problems } from '../config/problems.ts';
import type { HostFacts } from '../host/facts.ts';
import type { Given } from './index.ts';
import { parseJoin, parseNetwork, refuseJoin } from './network.ts';
import { option, text } from './option.ts';

/**
 * Join the namespace at a path (`ns:/run/netns/blue`), or share the host's. Left out: a new one.
 */
export type NamespaceOption = 'host' | `ns:${string}`;

const heading = 'Namespaces and network:';

const refuse = (word: string) => (word === 'host' ? undefined : refuseJoin(word));

export const namespaces = {
  /** PID namespace: `ns:PATH` joins one, `host` shares the host's. Default: a new one. */
  pid: option(text<NamespaceOption>(), {
    flag: '--pid <namespace>',
    help: 'ns:PATH to join a PID namespace, or host',
    heading,
    refuse,
  }),
  /**
   * UTS namespace: as `pid`. With `host` the hostname has to be the host's own: setting another
   * would rename the host.
   */
  uts: option(text<NamespaceOption>(), {
    flag: '--uts <namespace>',
    help: 'ns:PATH to join a UTS namespace, or host',
    heading,
    refuse,
  }),
  /** IPC namespace: as `pid`. */
  ipc: option(text<NamespaceOption>(), {
    flag: '--ipc <namespace>',
    help: 'ns:PATH to join an IPC namespace, or host',
    heading,
    refuse,
  }),
  /** Mount namespace: as `pid`, but not `host`, since that root would be exchanged. */
  mountNs: option(text<`ns:${string}`>(), {
    flag: '--mount-ns <ns:path>',
    help: 'ns:PATH to join a mount namespace',
    heading,
    refuse: refuseJoin,
  }),
  /** Cgroup namespace: as `pid`. */
  cgroupNs: option(text<NamespaceOption>(), {
    flag: '--cgroup-ns <namespace>',
    help: 'ns:PATH to join a cgroup namespace, or host',
    heading,
    refuse,
  }),
};

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
