// The host itself: limited by a cgroup, in the same root by chroot(2), nothing else between it and
// the kernel. And the C baseline: a container's system calls without a runtime.
import { containerFlags, timeSeries } from '../programs/baseline.ts';
import type { Opened, PaceName, Target } from './target.ts';
import { COMMAND_PACES, type Context, defineTarget } from './target.ts';

const QUICK = { timeoutS: 10, limitedByGroup: ['memory', 'cpu'] } as const;

export const BARE: readonly Target[] = [
  defineTarget({
    ...{ name: 'bare', title: 'bare metal', family: 'bare', ...QUICK },
    note: 'the host itself, limited by a cgroup, chroot to the same root; its server is reached over loopback',
    open: (context) => openBare(context, undefined),
  }),
  defineTarget({
    ...{ name: 'bare-again', title: 'bare metal, again', family: 'control', ...QUICK },
    note: 'the same once more: how far two equal things are apart in this run',
    open: (context) => openBare(context, undefined),
  }),
  defineTarget({
    ...{ name: 'bare-veth', title: 'bare metal behind a veth pair', family: 'control', ...QUICK },
    note: 'the host itself in a network namespace of its own: what the link alone costs',
    measures: ['throughput'],
    open: (context) => openBare(context, context.link.namespace),
  }),
];

export const BASELINES: readonly Target[] = [
  baseline('baseline', 'C baseline', { limited: true }),
  baseline('baseline-again', 'C baseline, again', { limited: true }, COMMAND_PACES),
  baseline('baseline-bare', 'C baseline, no limits', {}, COMMAND_PACES),
  baseline('baseline-veth', 'C baseline, limits and veth', { limited: true, veth: true }),
];

function openBare({ root, link }: Context, network: string | undefined): Opened {
  return {
    address: network === undefined ? '127.0.0.1' : link.container,
    command: (request) => ({
      ...{ argv: request.argv, root, network: request.linked ? network : undefined },
    }),
  };
}

function baseline(
  name: string,
  title: string,
  { limited = false, veth = false },
  paces: readonly PaceName[] = ['tight', 'spaced', 'parallel'],
): Target {
  return defineTarget({
    ...{ name, title, family: 'control', measures: [], paces },
    note: 'the system calls of a container in plain C, nothing between them',
    open({ baseline: program, root, scratch }) {
      const flags = [...containerFlags(root, scratch, limited), ...(veth ? ['--veth'] : [])];
      return { cycle: (block) => timeSeries(program, flags, block) };
    },
  });
}
