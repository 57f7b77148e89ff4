// Why a link, an address or a route could not be made: errors of rtnetlink(7).
import type { InsideOp, VethOp } from '../../plan/operations.ts';
import type { RootfsProbe } from '../../rootfs/probe.ts';
import type { StepError } from '../diagnose.ts';
import { ERRNO } from './errno.ts';
import { notPermitted, underSeccomp } from './privileges.ts';
import { serviceOf } from './service.ts';

export function vethHint(
  { errno, facts }: StepError,
  { name, hostIndex, hostAddress, prefix }: VethOp,
  probe: RootfsProbe,
): string | undefined {
  switch (errno) {
    case ERRNO.EEXIST:
      return `there is a link ${name} already: \`terrarium gc\` removes it if a killed runtime left it, \`ip link del ${name}\` in any case`;
    case ERRNO.EBUSY:
      return `the number ${hostIndex} belongs to another link: \`terrarium gc\` removes what a killed runtime left, another --ip takes another number`;
    case ERRNO.EOPNOTSUPP:
      return withoutVeth(facts.kernel.release, probe);
    case ERRNO.EPERM:
      return notPermitted(facts, probe, 'CAP_NET_ADMIN');
    case ERRNO.EINVAL:
      return `the kernel does not take ${hostAddress}/${prefix}, or this pair: \`ip -d link\` and \`ip address\` show what is there`;
    case ERRNO.ESRCH:
      return 'the first process of the container ended before its link could be made';
    case ERRNO.EAFNOSUPPORT:
      return withoutNetlink(probe);
    case ERRNO.ENOMEM:
      return 'the kernel has no memory left for another link: `ip -o link | wc -l` counts them, `terrarium gc` removes what is left over';
    default:
      return undefined;
  }
}

function withoutVeth(release: string, probe: RootfsProbe): string {
  switch (probe.veth()) {
    case 'loadable':
      return 'the kernel has veth as a module that is not loaded, and could not load it by itself: modprobe veth';
    case 'unknown':
      return `Linux ${release} has no veth now, and /lib/modules/${release} is not there to load it from: modprobe veth on the host, or a kernel with CONFIG_VETH; --network none does without`;
    default:
      return `Linux ${release} is built without veth (CONFIG_VETH): take another kernel; --network none, host, or ns:PATH do without`;
  }
}

/** EAFNOSUPPORT of socket(2): of a kernel, or of a filter. */
function withoutNetlink(probe: RootfsProbe): string {
  if (!underSeccomp(probe))
    return 'this kernel is built without IPv4 or without routing (CONFIG_INET): --network none does without';
  const whose = serviceOf(probe) ?? 'the service that the runtime is in';
  return `a filter forbids AF_NETLINK sockets, as RestrictAddressFamilies= of ${whose} does: allow AF_NETLINK there; --network host does without`;
}

/** `op.text` says what was asked in ip(8)'s words. */
export function netlinkHint(
  { errno, facts }: StepError,
  op: Extract<InsideOp, { kind: 'netlink' }>,
  probe: RootfsProbe,
): string | undefined {
  switch (errno) {
    case ERRNO.ENODEV:
      return `the link of \`${op.text}\` is not in the container's network namespace: was it moved or deleted?`;
    case ERRNO.EEXIST:
      return `\`${op.text}\` has been done already: is the network namespace a joined one that is already set up?`;
    case ERRNO.EPERM:
      return notPermitted(facts, probe, 'CAP_NET_ADMIN');
    case ERRNO.ENETUNREACH:
      return `the gateway of \`${op.text}\` is in no network of the container's links: the address comes before the route`;
    case ERRNO.EAFNOSUPPORT:
      return withoutNetlink(probe);
    case ERRNO.EOPNOTSUPP:
      return 'this kernel is built without IPv4 or without routing (CONFIG_INET): --network none does without';
    default:
      return undefined;
  }
}
