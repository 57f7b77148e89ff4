// Limits that this host cannot enforce: one that does not hold is worse than none. Pure.
import { HostError } from '../base/errors.ts';
import type { CgroupLayout } from '../host/facts.ts';
import type { Limits } from './controllers/controller.ts';
import { CONTROLLERS } from './controllers/index.ts';

/** Throws HostError for the first limit whose controller is not there, or does not have it. */
export function refuseUnenforceable(limits: Limits, layout: CgroupLayout): void {
  for (const { name, hierarchies, asks, refuse } of CONTROLLERS) {
    const limit = asks(limits);
    if (limit === undefined) continue;
    if (layout.mode === 'none')
      throw new HostError('cgroups', `${limit} cannot be enforced: ${layout.reason}`, {
        hint: 'mount cgroups writable, or leave the limit out',
      });
    const [hierarchy] = hierarchies;
    const there =
      layout.mode === 'v2'
        ? layout.controllers.includes(name)
        : layout.hierarchies[hierarchy] !== undefined;
    const controller = layout.mode === 'v2' ? name : hierarchy;
    if (!there)
      throw new HostError(
        `cgroup ${controller}`,
        `${limit} cannot be enforced: this host has no ${controller} controller`,
        { hint: lackOf(controller, layout) },
      );
    const refusal = refuse?.(limits, layout);
    if (refusal !== undefined) {
      const { reason, hint } = refusal;
      throw new HostError(
        `cgroup ${controller}`,
        `${refusal.limit} cannot be enforced: ${reason}`,
        { hint },
      );
    }
  }
}

function lackOf(controller: string, layout: CgroupLayout): string {
  const placement = layout.mode === 'v2' ? layout.placement : undefined;
  return placement?.kind === 'unit'
    ? `${placement.unit} was not given ${controller}: Delegate=yes there gives all`
    : '`terrarium doctor` lists what it has';
}
