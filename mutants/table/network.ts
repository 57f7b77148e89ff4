// Links, addresses, routes.
import type { Area } from './table.ts';

const NETWORK = 'runtime/plan/network.ts';

export const network: Area = {
  title: 'Network',
  mutants: [
    {
      name: 'loopback-stays-down',
      file: NETWORK,
      find: 'inside: [\n      LOOPBACK,',
      replace: 'inside: [',
      requirements: ['NET-04'],
    },
    {
      name: 'loopback-stays-down-without-a-link',
      file: NETWORK,
      find: 'inside: [LOOPBACK], sysctls: SYSCTLS }',
      replace: 'inside: [], sysctls: SYSCTLS }',
      requirements: ['NET-10'],
    },
    {
      name: 'address-inside-missing',
      file: NETWORK,
      find: 'addAddress({ index: PEER_INDEX, address: container, prefix })',
      replace: 'setUp({ index: PEER_INDEX })',
      requirements: ['NET-01'],
      core: true,
    },
    {
      name: 'address-on-the-host-missing',
      file: 'runtime/execute/operations/link.ts',
      find: '    addAddress({ index, address, prefix }),\n',
      replace: '',
      requirements: ['NET-01', 'NET-02'],
      core: true,
    },
    {
      name: 'host-end-stays-down',
      file: 'runtime/execute/operations/link.ts',
      find: 'newVeth({ name, index, up: true,',
      replace: 'newVeth({ name, index, up: false,',
      requirements: ['NET-02'],
      core: true,
    },
    {
      name: 'peer-stays-down',
      file: NETWORK,
      find: 'message: setUp({ index: PEER_INDEX }) },\n      {',
      replace: 'message: setUp({ index: LOOPBACK_INDEX }) },\n      {',
      requirements: ['NET-02'],
      core: true,
    },
    {
      name: 'default-route-missing',
      file: NETWORK,
      find: 'message: addDefaultRoute({ gateway: host, index: PEER_INDEX }),',
      replace: 'message: setUp({ index: PEER_INDEX }),',
      requirements: ['NET-09'],
    },
    {
      name: 'peer-stays-on-the-host',
      file: 'runtime/network/link.ts',
      find: '    ...namespaceAttribute(peerNamespace),\n',
      replace: '',
      requirements: ['NET-01'],
      core: true,
    },
    {
      name: 'ports-below-1024-for-root-only',
      file: NETWORK,
      find: "name: 'net.ipv4.ip_unprivileged_port_start', value: '0'",
      replace: "name: 'net.ipv4.ip_unprivileged_port_start', value: '1024'",
      requirements: ['NET-08'],
    },
    {
      name: 'network-none-is-the-hosts',
      file: 'runtime/options/namespaces.ts',
      find: "else if (network.mode !== 'host') namespaces.push",
      replace: "else if (network.mode === 'veth') namespaces.push",
      requirements: ['NET-10'],
      core: true,
    },
    {
      name: 'address-asked-for-is-ignored',
      file: NETWORK,
      find: 'if (asked?.ok) return asked;',
      replace: '',
      requirements: ['BAD-16', 'NET-01'],
    },
    {
      name: 'addresses-not-claimed',
      file: 'runtime/execute/journal/claim.ts',
      find: '    create(path, holder);\n',
      replace: '',
      requirements: ['BAD-16', 'CLEAN-04', 'CLEAN-03'],
    },
  ],
};
